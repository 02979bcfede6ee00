"""The Supabase CLI's own history, `supabase_migrations.schema_migrations`, beside Alembic's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import context
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
from dbtools.project import Project, revisions

_TABLE = sql.Identifier("supabase_migrations", "schema_migrations")
_CREATE = """
create schema if not exists supabase_migrations;
create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text)
"""


def recorder(project: Project) -> Callable[..., None]:
    """Alembic's `on_version_apply`: note in the CLI's history which exported files are applied by now.

    In the revision's own transaction. A project that exported nothing is left alone. For any other the table is made
    where it is missing, as the CLI makes it: without it, the next `db push` would begin at the baseline.

    Returns:
        a function that raises MigrationError if the history may not be read or written.
    """
    # Read once, not with each revision.
    exported, replaced = folder.found(project), folder.replaced(project)

    def record(*, ctx: MigrationContext, heads: set[str], **_: object) -> None:
        if not exported or ctx.connection is None:
            return
        connection = ctx.connection.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)  # noqa: S101  (dbtools.alembic_env opened it)
        with _noting():
            applied = _applied(context.script, heads)
            _record(connection, _recorded_for(exported, replaced, applied), applied)

    return record


def follow_squash(project: Project, connection: psycopg.Connection) -> None:
    """Where a database is past a squash, let the CLI's history say so, whether or not a revision was applied just now.

    Raises:
        MigrationError: the history may not be read or written.
    """
    exported, replaced = folder.found(project), folder.replaced(project)
    if not exported or not replaced:
        return
    connection.commit()
    with _noting(), connection.transaction():
        heads = set(revisions.recorded(connection, project))
        applied = _applied(revisions.scripts(project, heads), heads)
        if _is_past(exported, replaced, applied) and _is_there(connection, _TABLE):
            _record(connection, _recorded_for(exported, replaced, applied), applied)


@contextmanager
def _noting() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise MigrationError(
            f"what was applied cannot be noted for the Supabase CLI: {str(error).strip()}",
            hint="the role that migrates must own supabase_migrations.schema_migrations",
        ) from error


def _is_past(exported: Mapping[str, Path], replaced: Mapping[str, Path], applied: Collection[str]) -> bool:
    """Whether the revision is applied that a squash has put in the place of others: the one that both folders have."""
    return bool(exported.keys() & replaced.keys() & set(applied))


def _recorded_for(
    exported: Mapping[str, Path], replaced: Mapping[str, Path], applied: Collection[str]
) -> dict[str, tuple[str, Path | None]]:
    """What the CLI's history is to hold for each revision: its version, and its file; None where a squash took it."""
    if _is_past(exported, replaced, applied):
        old = {revision: (_version(path), None) for revision, path in replaced.items() if revision not in exported}
        return old | {revision: (_version(path), path) for revision, path in exported.items()}
    return {revision: (_version(path), path) for revision, path in {**exported, **replaced}.items()}


def _record(
    connection: psycopg.Connection, wanted: Mapping[str, tuple[str, Path | None]], applied: Collection[str]
) -> None:
    if not _is_there(connection, _TABLE):
        connection.execute(_CREATE)
    recorded = {row[0] for row in connection.execute(sql.SQL("select version from {}").format(_TABLE))}
    follows = False
    for revision, (version, path) in wanted.items():
        if path and revision in applied and version not in recorded:
            insert = sql.SQL("insert into {} (version, statements, name) values (%s, %s, %s)").format(_TABLE)
            connection.execute(insert, [version, *_content(path)])
        elif (path is None or revision not in applied) and version in recorded:
            connection.execute(sql.SQL("delete from {} where version = %s").format(_TABLE), [version])
            follows = follows or path is None
    if follows:
        # The CLI does the same when it squashes: the last version stands for all that it has replaced.
        first, path = min((version, path) for version, path in wanted.values() if path)
        update = sql.SQL("update {} set statements = %s, name = %s where version = %s").format(_TABLE)
        connection.execute(update, [*_content(path), first])


def _version(path: Path) -> str:
    return path.name.partition("_")[0]


def _content(path: Path) -> tuple[list[str], str]:
    """What the CLI records of a file: its statements, and its name."""
    return _statements(text_of(path)), path.stem.partition("_")[2]


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
            heads = set(revisions.recorded(connection, project))
            rows = {str(row[0]): row[1] for row in _rows(connection, "select version, statements from {}", _TABLE)}
    except psycopg.Error as error:
        raise MigrationError(f"the histories cannot be read: {str(error).strip()}") from error
    applied = _applied(revisions.scripts(project, heads), heads)
    replaced = folder.replaced(project)
    past = _is_past(folder.found(project), replaced, applied)
    wrong = dict.fromkeys(rows, "recorded, not in the folder")
    for revision, path in replaced.items():
        version = _version(path)
        if past and version in wrong:
            wrong[version] = "recorded, replaced by a squash"
        elif not past and (revision in applied) == (version in rows):
            wrong.pop(version, None)
    for one in exported:
        if not past and one.revision in replaced and one.version not in wrong:
            continue
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
    if "recorded, replaced by a squash" in wrong.values():
        return [*mend, "alembic upgrade head, which lets the history follow the squash"]
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
