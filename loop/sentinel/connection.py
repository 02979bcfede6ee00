"""The connection that is tried before a sentinel serves: can the database be reached, and does it keep sessions?"""

from __future__ import annotations

from contextlib import closing

import psycopg
from psycopg import conninfo

from loop.errors import ConnectError

_HINT = (
    "check host, port, user and password; on Supabase a pooler wants the user as postgres.PROJECT_REF and port 5432, "
    "and the direct address may be IPv6 only"
)
_SESSIONS = "give the server's own port, or that of a pooler in session mode: 5432 on Supabase"


def connect(url: str) -> psycopg.Connection:
    """An autocommitting connection to a libpq URL.

    Raises:
        ConnectError: the URL is malformed, the database cannot be reached, or a pooler in transaction mode lies
            between: leadership and notifications need a session. The message never holds the password.
    """
    try:
        parameters = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ConnectError(
            "the database URL cannot be read",
            hint="it looks like postgresql://USER:PASSWORD@HOST:5432/postgres, with @ : / # % percent-encoded",
        ) from error
    if str(parameters.get("port", "")) == "6543":
        raise ConnectError("port 6543 is the transaction pooler, which keeps no session", hint=_SESSIONS)
    parameters.setdefault("connect_timeout", "10")
    target = conninfo.make_conninfo("", **parameters)
    try:
        opened = psycopg.connect(target, autocommit=True, prepare_threshold=None)
        if _shares_processes(opened, target):
            opened.close()
            raise ConnectError("this is a pooler in transaction mode, which keeps no session", hint=_SESSIONS)
    except psycopg.OperationalError as error:
        raise ConnectError(str(error).strip(), hint=_HINT) from error
    return opened


def _shares_processes(opened: psycopg.Connection, target: str) -> bool:
    """Whether a pooler gives the session's server process to another one while that is in a transaction."""
    first = _process(opened)
    # A pooler answers with a process number of its own making.
    if first == opened.info.backend_pid:
        return False
    with closing(psycopg.connect(target, autocommit=True, prepare_threshold=None)) as other:
        for _ in range(3):
            with other.transaction():
                if _process(other) == first or _process(opened) != first:
                    return True
    return False


def _process(connection: psycopg.Connection) -> int:
    [(pid,)] = connection.execute("select pg_backend_pid()")
    return int(pid)
