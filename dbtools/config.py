"""Where settings come from: flag, then environment, then the project's own files, then a default.

A project is the folder with a `pyproject.toml` that holds `[tool.alembic]`; `[tool.dbtools]` beside it is optional.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from dbtools.errors import ConfigError

URL_VARIABLE = "DATABASE_URL"


@dataclass(frozen=True)
class Project:
    """A repository that uses dbtools: its folders, and where Alembic keeps its version table."""

    root: Path
    migrations: Path
    sql: Path
    version_table_schema: str = "private"

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project that `start` (default: the current folder) lies in.

        Raises:
            ConfigError: neither it nor any folder above it has a `pyproject.toml` with `[tool.alembic]`.
        """
        start = (start or Path.cwd()).resolve()
        for root in (start, *start.parents):
            file = root / "pyproject.toml"
            if not file.is_file():
                continue
            try:
                tool = tomllib.loads(file.read_text()).get("tool", {})
            except tomllib.TOMLDecodeError as error:
                raise ConfigError(f"{file} is not valid TOML: {error}") from error
            if "alembic" in tool:
                settings = tool.get("dbtools", {})
                location = tool["alembic"].get("script_location", "migrations").replace("%(here)s", str(root))
                return cls(
                    root=root,
                    migrations=root / location,
                    sql=root / settings.get("sql", "sql"),
                    version_table_schema=settings.get("version_table_schema", "private"),
                )
        raise ConfigError(
            f"no project in {start} or above it",
            hint="run this in a folder whose pyproject.toml has a [tool.alembic] section",
        )


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
