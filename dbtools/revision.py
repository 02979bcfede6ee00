"""What a revision's `.py` file calls: run the frozen SQL that lies beside it.

A revision never reads `sql/`. Its `.up.sql` and `.down.sql` are complete copies of what was true when it was written,
and they reach the server byte for byte: through a raw cursor, because `op.execute` gives `:` and `%` a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic import context, op
from pglast.parser import ParseError, split

from dbtools import platform
from dbtools.errors import MigrationError

Step = Callable[[], None]


def frozen(file: str) -> tuple[Step, Step]:
    """The `upgrade` and `downgrade` of a revision whose SQL lies beside `file` as `.up.sql` and `.down.sql`."""
    path = Path(file)

    def upgrade() -> None:
        run_file(path.with_suffix(".up.sql"))

    def downgrade() -> None:
        run_file(path.with_suffix(".down.sql"))

    return upgrade, downgrade


def baseline(file: str) -> tuple[Step, Step]:
    """The `upgrade` and `downgrade` of a baseline: what was found in a live database when it was pulled.

    Going below it would drop every table with its data, so that is refused, except in a shadow.
    """

    def downgrade() -> None:
        if context.is_offline_mode() or not _in_shadow():
            raise MigrationError(
                "the baseline cannot be taken back: that would drop every table of the project",
                hint="stop at the baseline: alembic downgrade " + Path(file).name.split("_", 1)[0],
            )
        run_file(platform.HERE / "clear.sql")

    return frozen(file)[0], downgrade


def run_file(path: Path) -> None:
    """Run a SQL file in the revision's transaction, or print it in offline mode (`--sql`).

    Raises:
        MigrationError: a statement failed; says which, in which line, and what the server answered.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MigrationError(f"{path.name} is missing", hint="a revision's SQL belongs beside its .py file") from error
    if context.is_offline_mode():
        context.get_context().impl.static_output(text)
        return
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)  # noqa: S101  (dbtools.alembic_env opened it)
    with connection.cursor() as cursor:
        for start, statement in _statements(text):
            try:
                cursor.execute(statement.encode())
            except psycopg.Error as error:
                raise _failed(path, text, start, statement, error) from error


def _statements(text: str) -> list[tuple[int, str]]:
    """Each statement with its offset; the whole text as one where our parser is older than the server's syntax."""
    try:
        return [(part.start, text[part]) for part in split(text, only_slices=True)]
    except ParseError:
        return [(0, text)]


def _failed(path: Path, text: str, start: int, statement: str, error: psycopg.Error) -> MigrationError:
    position = error.diag.statement_position
    offset = start + (int(position) - 1 if position else _leading_comment(statement))
    line = text.count("\n", 0, offset) + 1
    first = statement[_leading_comment(statement) :].strip().split("\n", 1)[0]
    hint = error.diag.message_hint or error.diag.message_detail or ""
    message = (error.diag.message_primary or str(error)).strip()
    return MigrationError(f"{path.name}, line {line}: {message}\n  in: {first}", hint=hint)


def _leading_comment(statement: str) -> int:
    """How many characters of white space and `--` comments stand before a statement's first word."""
    offset = 0
    for line in statement.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith("--"):
            break
        offset += len(line)
    return offset


def _in_shadow() -> bool:
    setting = op.get_bind().exec_driver_sql("select current_setting('dbtools.shadow', true)").scalar()
    return setting == "on"
