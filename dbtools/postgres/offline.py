"""What `op.*` prints in offline mode: the statements as they would reach the server, with values of every type.

Alembic renders values itself, knows few types, doubles `%` and makes spaces of tabs. Here the driver writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from psycopg import sql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import ExecutableDDLElement

from dbtools.errors import MigrationError

# For the environment that is configured: with any other, a `%` in a statement comes out as two.
DIALECT: dict[str, Any] = {"dialect_name": "postgresql", "dialect_opts": {"paramstyle": "named"}}

_DRIVER: sa.Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def print_exactly(context: MigrationContext) -> None:
    """Let a context in offline mode print statements exactly.

    Args:
        context: configured with `DIALECT`.
    """
    impl = context.impl

    def execute(construct: Any, *_: Any, **__: Any) -> None:
        statement = sa.text(construct) if isinstance(construct, str) else construct
        impl.static_output(_text(statement, impl.dialect).strip() + impl.command_terminator)

    def bulk_insert(table: sa.TableClause, rows: Sequence[Mapping[str, Any]], multiinsert: bool = True) -> None:  # noqa: ARG001
        for row in rows:
            execute(table.insert().inline().values(**row))

    def ask(construct: Any, parameters: Any = None) -> Any:
        for values in [parameters] if isinstance(parameters, Mapping) else parameters or [{}]:
            impl.static_output(_text(construct, impl.dialect, values).strip() + impl.command_terminator)
        return _Answer()

    impl._exec = execute  # type: ignore[method-assign]
    impl.bulk_insert = bulk_insert  # type: ignore[method-assign]
    # What op.get_bind() gives.
    impl.connection = MockConnection(impl.dialect, ask)  # type: ignore[assignment]


class _Answer:
    """What a statement answers that was printed and not run: whoever looks at it cannot be followed."""

    def __getattr__(self, name: str) -> Any:
        return self._refuse()

    def __iter__(self) -> Any:
        return self._refuse()

    def __bool__(self) -> bool:
        return bool(self._refuse())

    def _refuse(self) -> Any:
        raise MigrationError(
            "it asks the database and goes on by the answer, and here there is no database",
            hint="let its SQL ask, in a do block: op.execute('do $$ … $$')",
        )


def _text(statement: Any, dialect: sa.Dialect, parameters: Mapping[str, Any] | None = None) -> str:
    if isinstance(statement, ExecutableDDLElement):
        return str(statement.compile(dialect=dialect))
    given_names = {"column_keys": list(parameters)} if parameters else {}
    compiled: Any = statement.compile(dialect=_DRIVER, compile_kwargs={"render_postcompile": True}, **given_names)
    values = {}
    try:
        given = compiled.construct_params(parameters)
    except sa.exc.InvalidRequestError as error:
        raise MigrationError(
            f"{error.args[0]}\n  in: {str(statement).strip().partition(chr(10))[0]}",
            hint="a colon before a name stands for a value: write it as \\: where it is text",
        ) from error
    made = {column.key: column.default for column in compiled.prefetch}
    for name, value in given.items():
        if value is None and name in made:
            value = _default(name, made[name])  # noqa: PLW2901
        process = compiled._bind_processors.get(name)
        values[name] = _literal(process(value) if process else value)
    return str(compiled.string % values)


def _default(column: str, default: Any) -> Any:
    if default is None or not default.is_scalar:
        raise MigrationError(
            f"the value of column {column} is made by Python when the revision runs, and each run makes another",
            hint="give the value in the row, or the column a server_default",
        )
    return default.arg


def _literal(value: Any) -> str:
    try:
        return sql.Literal(value).as_string(None)
    except psycopg.Error as error:
        raise MigrationError(f"a value of type {type(value).__name__} cannot be written as SQL: {error}") from error
