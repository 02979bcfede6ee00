"""Where settings come from: flag, then environment, then the project's own files, then a default.

A project is the folder with a `pyproject.toml` that holds `[tool.alembic]`, or with an `alembic.ini`, which wins where
there are both, as with Alembic. `[tool.dbtools]` in the `pyproject.toml` is optional.
"""

from __future__ import annotations

import configparser
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dbtools.errors import ConfigError

URL_VARIABLE = "DATABASE_URL"

_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Limits:
    """How far a revision may go on a database in use; `[tool.dbtools]` has the same names.

    Attributes:
        lock_timeout: seconds that a statement may wait for a lock, and others behind it.
        lock_retries: how often a revision that could not have its locks is tried again.
        statement_timeout: seconds that a statement may run, whatever the role's own limit is.
        call_watch: seconds between the two readings of the call counters before a contract revision.
    """

    lock_timeout: float = 2
    lock_retries: int = 10
    statement_timeout: float = 30 * 60
    call_watch: float = 10

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Limits:
        """From `[tool.dbtools]`, where times are written as Postgres writes them: 500ms, 2s, 30min, 1h.

        Raises:
            ConfigError: a time that is none, or a number of retries that is none.
        """
        times = {
            name: _seconds(name, settings[name])
            for name in ("lock_timeout", "statement_timeout", "call_watch")
            if name in settings
        }
        retries = settings.get("lock_retries", cls.lock_retries)
        if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
            raise ConfigError(f"[tool.dbtools] lock_retries is no number of retries: {retries!r}")
        return cls(lock_retries=retries, **times)


@dataclass(frozen=True)
class Project:
    """A repository that uses dbtools: its folders, where Alembic keeps its version table, what an upgrade may do.

    `taken_until` is the last of the revisions that do not say themselves what they took from `sql/`; empty if all do.
    `acknowledged` are patterns of what a pull may leave out. `ini` is the project's `alembic.ini`, if it has one.
    """

    root: Path
    migrations: Path
    sql: Path
    version_table_schema: str = "private"
    taken_until: str = ""
    limits: Limits = field(default_factory=Limits)
    acknowledged: tuple[str, ...] = ()
    ini: Path | None = None

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project that `start` (default: the current folder) lies in.

        Raises:
            ConfigError: neither it nor any folder above it has a `pyproject.toml` with `[tool.alembic]`, or an
                `alembic.ini`; or a setting makes no sense.
        """
        start = (start or Path.cwd()).resolve()
        for root in (start, *start.parents):
            tool = _tools(root / "pyproject.toml")
            ini = root / "alembic.ini"
            section = _ini_section(ini) if ini.is_file() else None
            if section is None and "alembic" not in tool:
                continue
            settings = tool.get("dbtools", {})
            location = tool.get("alembic", {}).get("script_location", "migrations").replace("%(here)s", str(root))
            return cls(
                root=root,
                migrations=_folder(root, (section or {}).get("script_location") or location),
                sql=root / settings.get("sql", "sql"),
                version_table_schema=settings.get("version_table_schema", "private"),
                taken_until=settings.get("taken_until", ""),
                limits=Limits.read(settings),
                acknowledged=tuple(settings.get("acknowledged", ())),
                ini=ini if section is not None else None,
            )
        raise ConfigError(
            f"no project in {start} or above it",
            hint="run this in a folder with an alembic.ini, or whose pyproject.toml has a [tool.alembic] section, "
            "or begin with: dbtools init",
        )

    @classmethod
    def of(cls, migrations: Path | None) -> Project:
        """The project that is worked in, with another migrations folder if one is named; without one, what is there."""
        try:
            project = cls.find()
        except ConfigError:
            project = cls(root=Path.cwd(), migrations=Path.cwd() / "migrations", sql=Path.cwd() / "sql")
        if migrations is None or migrations.resolve() == project.migrations:
            return project
        root = migrations.resolve().parent
        return replace(project, root=root, migrations=migrations, sql=root / "sql")


def database_url(flag: str | None = None) -> str:
    """The database to work on: `flag`, or the environment's DATABASE_URL.

    There is no default on purpose: a tool that changes databases must not guess which.

    Raises:
        ConfigError: neither is set.
    """
    url = flag or os.environ.get(URL_VARIABLE, "")
    if not url:
        raise ConfigError(
            "no database given",
            hint=f"set {URL_VARIABLE}=postgresql://postgres:PASSWORD@HOST:5432/postgres, "
            "or pass --db-url URL (to alembic: -x db_url=URL)",
        )
    # SQLAlchemy's spelling names a driver, which libpq does not know.
    scheme, separator, rest = url.partition("://")
    return scheme.split("+", 1)[0] + separator + rest


def _tools(file: Path) -> dict[str, Any]:
    """The sections `[tool.…]` of a `pyproject.toml`; none where there is no such file."""
    try:
        tools: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    return tools


def _ini_section(file: Path) -> dict[str, str]:
    """What an `alembic.ini` says of the one history that is followed.

    Raises:
        ConfigError: it is none; or it has several histories, each under a name.
    """
    parser = configparser.ConfigParser({"here": str(file.parent)})
    try:
        parser.read(file, encoding="utf-8")
        if parser.has_section("alembic"):
            return dict(parser.items("alembic", raw=True)) | {
                "script_location": parser.get("alembic", "script_location", fallback="")
            }
    except configparser.Error as error:
        raise ConfigError(f"{file} is not a valid configuration: {error}") from error
    named = [name for name in parser.sections() if parser.has_option(name, "script_location")]
    raise ConfigError(
        f"{file} has no section [alembic]" + (f", but {', '.join(named)}" if named else ""),
        hint="one project follows one history: give each a folder and an alembic.ini with a section [alembic]",
    )


def _folder(root: Path, location: str) -> Path:
    """Where the revisions are; `package:folder` is looked for from the project's root."""
    package, colon, inner = location.partition(":")
    if colon and not Path(location).is_absolute():
        location = f"{package.replace('.', '/')}/{inner}"
    return root / location


def _seconds(name: str, text: object) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?(ms|s|min|h)", str(text), re.ASCII)
    if match is None or float(match[1]) == 0:
        raise ConfigError(
            f"[tool.dbtools] {name} is no time: {text!r}", hint='write it as "500ms", "2s", "30min" or "1h"'
        )
    return float(match[1]) * _SECONDS[match[2]]
