"""A small repository of its own that uses dbtools, and the real command line on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dbtools.postgres.shadow import Shadow
from dbtools.project import Project

PYPROJECT = (
    '[tool.alembic]\nscript_location = "%(here)s/migrations"\nfile_template = "%%(rev)s_%%(slug)s"\n[tool.dbtools]\n'
)
REVISION = """
from dbtools.revision import Contract, {kind}

revision = {revision!r}
down_revision = {down!r}
{more}
upgrade, downgrade = {kind}(__file__)
"""


@dataclass
class Repository:
    """Another repository that uses dbtools; its settings are the defaults but for those that `set` names."""

    project: Project
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def create(cls, root: Path, like: Project) -> Repository:
        """With `env.py` and the template of `like`, and no revision."""
        (root / "pyproject.toml").write_text(PYPROJECT)
        (root / "migrations" / "versions").mkdir(parents=True)
        for name in ("env.py", "script.py.mako"):
            (root / "migrations" / name).write_text((like.migrations / name).read_text())
        return cls(Project.find(root))

    def set(self, **settings: object) -> None:
        """Write these into `[tool.dbtools]`."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        (self.project.root / "pyproject.toml").write_text(PYPROJECT + "\n".join(lines) + "\n")
        self.project = Project.find(self.project.root)

    def add(self, revision: str, up: str, down: str = "", *, after: str | None = None, more: str = "") -> None:
        """A revision, on top of the one with the number before unless `after` says another; the first is a baseline."""
        before = after or (f"{int(revision) - 1:04}" if revision != "0001" else None)
        stem = self.project.migrations / "versions" / f"{revision}_step"
        kind = "frozen" if before else "baseline"
        text = REVISION.format(kind=kind, revision=revision, down=before, more=more)
        stem.with_suffix(".py").write_text(text)
        stem.with_suffix(".up.sql").write_text(up)
        stem.with_suffix(".down.sql").write_text(down)

    def start(self, *words: str, url: str | None = None) -> subprocess.Popen[str]:
        """The real command line, as CI calls it."""
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("alembic")), *words],
            cwd=self.project.root,
            env={**environment, **({"DATABASE_URL": url} if url else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End what a failed test has left running."""
        for process in self._started:
            process.kill()
            process.communicate()

    def alembic(self, *words: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        """The same, and wait for its end."""
        with self.start(*words, url=url) as process:
            stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


def psql(shadow: Shadow, url: str, script: str) -> None:
    """Let the real psql run a script; it stops at the first error."""
    words = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}", "--file=-"]
    done = subprocess.run(
        [str(shadow.server.bin / "psql"), *words], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
