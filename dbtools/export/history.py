"""The Supabase CLI's own history, `supabase_migrations.schema_migrations`, beside Alembic's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from alembic import context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from pglast.parser import ParseError, split
from psycopg import sql

from dbtools.errors import MigrationError
from dbtools.export import folder
from dbtools.export.folder import Exported
from dbtools.postgres.connection import connect
from dbtools.postgres.script import text_of
from dbtools.project import Project

_TABLE = sql.Identifier("supabase_migrations", "schema_migrations")
_CREATE = """
create schema if not exists supabase_migrations;
create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text)
"""


def record(project: Project, *, ctx: MigrationContext, heads: set[str], **_: object) -> None:
    """Alembic's `on_version_apply`: note in the CLI's history which exported files are applied by now.

    In the revision's own transaction. A project that exported nothing is left alone. For any other the table is made
    where it is missing, as the CLI makes it: without it, the next `db push` would begin at the baseline.

    Raises:
        MigrationError: the history may not be read or written.
    """
    exported = folder.found(project)
    if not exported or ctx.connection is None:
        return
    connection = ctx.connection.connection.driver_connection
    assert isinstance(connection, psycopg.Connection)  # noqa: S101  (dbtools.alembic_env opened it)
    try:
        _record(connection, exported, _applied(context.script, heads))
    except psycopg.Error as error:
        raise MigrationError(
            f"what was applied cannot be noted for the Supabase CLI: {str(error).strip()}",
            hint="the role that migrates must own supabase_migrations.schema_migrations",
        ) from error


def _record(connection: psycopg.Connection, exported: Mapping[str, Path], applied: Collection[str]) -> None:
    if not _is_there(connection, _TABLE):
        connection.execute(_CREATE)
    recorded = {row[0] for row in connection.execute(sql.SQL("select version from {}").format(_TABLE))}
    for revision, path in exported.items():
        version, name = path.stem.split("_", 1)
        if revision in applied and version not in recorded:
            insert = sql.SQL("insert into {} (version, statements, name) values (%s, %s, %s)").format(_TABLE)
            connection.execute(insert, [version, _statements(text_of(path)), name])
        elif revision not in applied and version in recorded:
            connection.execute(sql.SQL("delete from {} where version = %s").format(_TABLE), [version])


def differences(project: Project, url: str, exported: Iterable[Exported]) -> tuple[dict[str, str], list[str]]:
    """How a database's two histories differ.

    Returns:
        versions with what is wrong: `applied, not recorded`, `recorded, not applied`, `recorded with other statements`
        (the file was edited, or the revision, after it had run) or `recorded, not in the folder`; and what mends them.

    Raises:
        ConnectError: the database cannot be reached.
        MigrationError: the tables may not be read, or Alembic's names a revision that is not here.
    """
    try:
        with connect(url) as connection:
            table = sql.Identifier(project.version_table_schema, "alembic_version")
            heads = {str(row[0]) for row in _rows(connection, "select version_num from {}", table)}
            rows = {str(row[0]): row[1] for row in _rows(connection, "select version, statements from {}", _TABLE)}
    except psycopg.Error as error:
        raise MigrationError(f"the histories cannot be read: {str(error).strip()}") from error
    applied = _applied(ScriptDirectory.from_config(Config(toml_file=project.root / "pyproject.toml")), heads)
    wrong = dict.fromkeys(rows, "recorded, not in the folder")
    for one in exported:
        wrong.pop(one.version, None)
        ran = rows.get(one.version)
        if (one.revision in applied) != (one.version in rows):
            is_applied = one.revision in applied
            wrong[one.version] = "applied, not recorded" if is_applied else "recorded, not applied"
        # Whoever repairs a history by hand may leave no statements in it. One may end in a comment, hence the lines.
        elif ran and _statements("\n;\n".join(ran)) != _statements(one.text):
            wrong[one.version] = "recorded with other statements"
    return dict(sorted(wrong.items())), _mend(wrong)


def _mend(wrong: dict[str, str]) -> list[str]:
    def repair(status: str, state: str) -> list[str]:
        versions = sorted(version for version in wrong if wrong[version] == state)
        return [f"supabase migration repair --status {status} {' '.join(versions)}"] if versions else []

    mend = repair("applied", "applied, not recorded") + repair("reverted", "recorded, not applied")
    for command in repair("applied", "recorded with other statements"):
        mend.append(f"find out with dbtools verify whether what ran is what should have, then: {command}")
    return mend


def _applied(directory: ScriptDirectory, heads: set[str]) -> set[str]:
    """The revisions that a database at some heads has behind it."""
    try:
        return {script.revision for script in directory.iterate_revisions(tuple(heads), "base")}
    except CommandError as error:
        raise MigrationError(f"the database is at a revision that is not here: {error}") from error


def _rows(connection: psycopg.Connection, query: str, table: sql.Identifier) -> list[tuple[Any, ...]]:
    """What a history holds; nothing where there is none."""
    return connection.execute(sql.SQL(query).format(table)).fetchall() if _is_there(connection, table) else []


def _is_there(connection: psycopg.Connection, table: sql.Identifier) -> bool:
    return connection.execute("select to_regclass(%s)", [table.as_string(connection)]).fetchone() != (None,)


def _statements(text: str) -> list[str]:
    """The statements without the comments between them; the text as one where our parser is older than its syntax."""
    try:
        return list(split(text))
    except ParseError:
        return [text]
