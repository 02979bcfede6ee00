"""The limits of a revision, in force for its own transaction or statement and for nothing after it."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from dbtools.project import Limits

# Of these, what the server knows: transaction_timeout came with 17.
_SET = """
select set_config(s.name, w.value, %(local)s)
from unnest(%(names)s::text[], %(values)s::text[]) as w (name, value)
  inner join pg_settings as s on w.name = s.name
"""


def begin(connection: psycopg.Connection, limits: Limits) -> None:
    """Start a revision's transaction: forget what an earlier one has set for the session, and set the limits."""
    _reset(connection)
    _set(connection, limits, limits.lock_timeout, local=True)


def begin_outside(connection: psycopg.Connection, limits: Limits, *, patient: bool) -> None:
    """The same for a statement outside a transaction; one that is `patient` may wait for locks."""
    _reset(connection)
    _set(connection, limits, 0 if patient else limits.lock_timeout, local=False)


def give_back(connection: psycopg.Connection) -> None:
    """Leave the session as it was opened: a pooler in session mode hands it to somebody else."""
    with suppress(psycopg.OperationalError):
        connection.rollback()
        _reset(connection)
        connection.commit()


def _reset(connection: psycopg.Connection) -> None:
    connection.execute("reset role")
    connection.execute("reset all")


def as_sql(limits: Limits) -> str:
    """`begin` for a script that runs elsewhere."""
    return "\n".join(f"set local {name} = '{value}';" for name, value in _settings(limits, limits.lock_timeout).items())


def _set(connection: psycopg.Connection, limits: Limits, lock_timeout: float, *, local: bool) -> None:
    settings = _settings(limits, lock_timeout) | {"transaction_timeout": "0"}
    connection.execute(_SET, {"names": list(settings), "values": list(settings.values()), "local": local})


def _settings(limits: Limits, lock_timeout: float) -> dict[str, str]:
    return {
        "lock_timeout": f"{lock_timeout * 1000:.0f}ms",
        "statement_timeout": f"{limits.statement_timeout * 1000:.0f}ms",
    }
