"""`dbtools init`: what a repository needs before `dbtools pull`, and nothing that is there already is touched."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import __version__
from dbtools.errors import ConfigError
from dbtools.project import Project

_ALEMBIC = """\
[tool.alembic]
script_location = "%(here)s/migrations"
file_template = "%%(rev)s_%%(slug)s"
revision_environment = true

"""

_SETTINGS = """\
[tool.dbtools]
# Where Alembic keeps its own table: out of every schema that PostgREST exposes.
version_table_schema = "private"
# What `dbtools pull` may leave out without exiting with 1, as patterns: "setting * of role anon".
acknowledged = []
"""

_ENV = '''\
"""Alembic's entry point; everything is in the package."""

from dbtools.alembic_env import run

run()
'''

_SQL = """\
The present truth of every object that can be recreated whole, one per file:

    functions/NAME.sql   triggers/TABLE.NAME.sql   views/NAME.sql   policies/TABLE.sql

Views are materialized ones, too. A file one folder deeper belongs to the schema of that folder's name. Edit a file,
then: dbtools revise -m MESSAGE
"""


_AS_IT_IS = """\
# The end of a line in a function's body is part of the function: git is not to translate it on Windows.
*.sql -text
"""


Forge = Literal["github", "gitlab"]
# Where each forge looks, and for GitLab the file that everything else may stand in, too.
_WORKFLOW = {"github": ".github/workflows/database.yml", "gitlab": ".gitlab/database.yml"}
_GITLAB = ".gitlab-ci.yml"
_INCLUDE = "include:\n  - local: .gitlab/database.yml\n"


@dataclass(frozen=True)
class InitReport:
    """What was written, and what was there already, relative to the folder; what is to be done about that."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    advice: str = ""
    ok: bool = True

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"written": list(self.written), "kept": list(self.kept), "advice": self.advice}

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        parts = [Text(f"wrote {name}") for name in self.written]
        parts += [Text(f"kept  {name}", "dim") for name in self.kept]
        if self.advice:
            parts.append(Text(self.advice, "yellow"))
        return Group(*parts, Text("next: set DATABASE_URL, then dbtools pull"))


def init(folder: Path, ci: Forge | None = None) -> InitReport:
    """Make a folder a project: Alembic's settings, `migrations/env.py` and its template, `sql/`.

    Existing files stay as they are, except that the settings are added at the end of a `pyproject.toml` without any.

    Args:
        folder: the repository.
        ci: also write the workflow for this forge: check, plan, upgrade, verify, a nightly diff.

    Raises:
        ConfigError: the settings cannot be added to the `pyproject.toml` that is there, or a file cannot be written.
    """
    settings = folder / "pyproject.toml"
    before = settings.read_text(encoding="utf-8") if settings.exists() else ""
    location = _location(folder)
    template = (files("dbtools.revise") / "script.py.mako").read_text(encoding="utf-8")
    wanted = {f"{location}/env.py": _ENV, f"{location}/script.py.mako": template, "sql/README": _SQL}
    wanted |= dict.fromkeys((f"{location}/.gitattributes", "sql/.gitattributes"), _AS_IT_IS)
    if ci:
        wanted |= _workflow(ci)
    content = {name: text for name, text in wanted.items() if not (folder / name).exists()}
    if added := _with_settings(settings, before):
        content["pyproject.toml"] = added
    try:
        for name, text in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be written: {error.strerror}") from error
    names = ["pyproject.toml", *wanted]
    return InitReport(
        written=tuple(name for name in names if name in content),
        kept=tuple(name for name in names if name not in content),
        advice="\n".join(filter(None, (_advice(folder, f"{location}/env.py"), _ci_advice(folder, ci)))),
    )


def _location(folder: Path) -> str:
    """The migrations folder, relative: where Alembic's settings say, if there are some."""
    try:
        project = Project.find(folder)
        return project.migrations.relative_to(folder.resolve()).as_posix()
    except (ConfigError, ValueError):
        return "migrations"


def _advice(folder: Path, environment: str) -> str:
    """What to do about an `env.py` of the project's own, which Alembic goes on running."""
    if "dbtools.alembic_env" in (folder / environment).read_text(encoding="utf-8", errors="replace"):
        return ""
    return f"""\
{environment} is your own. The commands of dbtools do not run it; `alembic upgrade` does, and then without care: no
lock against a second runner, no lock timeout with retries, no refusal of what destroys rows. To have that, put this in
its place (keep what you need of it above):

{_ENV}"""


def _workflow(ci: Forge) -> dict[str, str]:
    text = (files("dbtools.init") / f"ci/{ci}.yml").read_text(encoding="utf-8").replace("@VERSION@", __version__)
    return {_WORKFLOW[ci]: text} | ({_GITLAB: _INCLUDE} if ci == "gitlab" else {})


def _ci_advice(folder: Path, ci: Forge | None) -> str:
    """What is left to be done by hand, because only the forge can keep a secret."""
    if ci is None:
        return ""
    left = f"{_WORKFLOW[ci]} says at its top which secrets and which environment it needs"
    if ci == "gitlab" and _WORKFLOW[ci] not in (folder / _GITLAB).read_text(encoding="utf-8", errors="replace"):
        left += f"\n{_GITLAB} is your own; add to it:\n\n{_INCLUDE}"
    return left


def _with_settings(path: Path, text: str) -> str | None:
    """The file with our settings at its end; None if it has some."""
    try:
        there = tomllib.loads(text).get("tool", {})
        is_alembics = "alembic" in there or path.with_name("alembic.ini").exists()
        if "alembic" in there or (is_alembics and "dbtools" in there):
            return None
        settings = _SETTINGS if is_alembics else _ALEMBIC + _SETTINGS
        added = f"{text.rstrip()}\n\n{settings}" if text.strip() else settings
        tomllib.loads(added)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the settings cannot be added to {path}: {error}", hint=f"add them by hand:\n{_ALEMBIC}{_SETTINGS}"
        ) from error
    return added
