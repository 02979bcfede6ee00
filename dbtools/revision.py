"""What a revision's `.py` file calls: run the frozen SQL that lies beside it.

A revision never reads `sql/`. Its `.up.sql` and `.down.sql` are complete copies of what was true when it was written,
and they reach the server byte for byte: through a raw cursor, because `op.execute` gives `:` and `%` a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import psycopg
from alembic import context, op

from dbtools import platform
from dbtools.errors import MigrationError
from dbtools.platform import hooks
from dbtools.postgres.script import Script
from dbtools.project import Project
from dbtools.runner import non_transactional
from dbtools.runner.contract import Contract

__all__ = ["Contract", "baseline", "frozen", "run_file"]

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
    """Run a SQL file, or print it in offline mode (`--sql`).

    In the revision's transaction; or outside of any, if its statements are of those that Postgres refuses in one.

    Raises:
        MigrationError: a statement failed; says which, in which line, and what the server answered. Or the file holds
            both kinds of statements.
    """
    script = Script.read(path)
    with context.get_context().autocommit_block() if non_transactional.needed(script) else nullcontext():
        if context.is_offline_mode():
            context.get_context().impl.static_output(script.terminated)
            return
        connection = op.get_bind().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)  # noqa: S101  (dbtools.alembic_env opened it)
        if connection.autocommit:
            non_transactional.run(connection, script, Project.find(Path(context.script.dir)).limits)
        elif _in_shadow():
            for statement in script.statements:
                is_hooked = hooks.NEEDED_BY.search(statement.text)
                with hooks.owner_privileged(connection) if is_hooked else nullcontext():
                    script.run(connection, statement)
        else:
            script.execute(connection)


def _in_shadow() -> bool:
    setting = op.get_bind().exec_driver_sql("select current_setting('dbtools.shadow', true)").scalar()
    return setting == "on"
