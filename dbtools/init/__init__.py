"""`dbtools init`: what a repository needs before `dbtools pull`, and nothing that is there already is touched."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.errors import ConfigError

_SETTINGS = """\
[tool.alembic]
script_location = "%(here)s/migrations"
file_template = "%%(rev)s_%%(slug)s"
revision_environment = true

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


def init(folder: Path) -> InitReport:
    """Make a folder a project: Alembic's settings, `migrations/env.py` and its template, `sql/`.

    Existing files stay as they are, except that the settings are added at the end of a `pyproject.toml` without any.

    Raises:
        ConfigError: the settings cannot be added to the `pyproject.toml` that is there, or a file cannot be written.
    """
    settings = folder / "pyproject.toml"
    before = settings.read_text(encoding="utf-8") if settings.exists() else ""
    template = (files("dbtools.revise") / "script.py.mako").read_text(encoding="utf-8")
    wanted = {"migrations/env.py": _ENV, "migrations/script.py.mako": template, "sql/README": _SQL}
    wanted |= dict.fromkeys(("migrations/.gitattributes", "sql/.gitattributes"), _AS_IT_IS)
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
        advice=_advice(folder / "migrations/env.py"),
    )


def _advice(path: Path) -> str:
    """What to do about an `env.py` of the project's own, which Alembic goes on running."""
    if "dbtools.alembic_env" in path.read_text(encoding="utf-8", errors="replace"):
        return ""
    return f"""\
migrations/env.py is your own. The commands of dbtools do not run it; `alembic upgrade` does, and then without care: no
lock against a second runner, no lock timeout with retries, no refusal of what destroys rows. To have that, put this in
its place (keep what you need of it above):

{_ENV}"""


def _with_settings(path: Path, text: str) -> str | None:
    """The file with our settings at its end; None if it has some."""
    try:
        if "alembic" in tomllib.loads(text).get("tool", {}):
            return None
        added = f"{text.rstrip()}\n\n{_SETTINGS}" if text.strip() else _SETTINGS
        tomllib.loads(added)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the settings cannot be added to {path}: {error}", hint=f"add them by hand:\n{_SETTINGS}"
        ) from error
    return added
