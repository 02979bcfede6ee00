"""Opening a connection, and saying in plain words why it could not be opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

import psycopg
from psycopg import conninfo

from dbtools.errors import ConnectError

TRANSACTION_POOLER_PORT = "6543"

# What libpq says, and what to do about it.
_HINTS = (
    (
        ("password authentication failed", "no password supplied"),
        "check the user and the password; a pooler wants the user as postgres.PROJECT_REF",
    ),
    (
        ("network is unreachable", "no route to host", "no address associated with hostname"),
        "this host may have an IPv6 address only; the session pooler has IPv4: the host of the pooler, port 5432, "
        "user postgres.PROJECT_REF",
    ),
    (
        ("could not translate host name", "name or service not known", "failed to resolve host"),
        "check the host name; a paused project has none",
    ),
    (
        ("certificate",),
        "the certificate may have expired, be for another host, or be signed by an authority that is not known here: "
        "give that with ?sslrootcert=FILE (on Supabase: Database settings, SSL configuration)",
    ),
    (("refused", "no such file"), "is the server running, and is this its port?"),
    (("timeout",), "the server did not answer in time; a network restriction, or the wrong port?"),
)


def connect(url: str, *, autocommit: bool = False, application_name: str = "dbtools") -> psycopg.Connection:
    """A psycopg connection to a libpq URL.

    Raises:
        ConnectError: with a hint for what people run into: a malformed URL, a wrong password, a pooler in transaction
            mode, a host that only has an IPv6 address. The message never holds the password.
    """
    try:
        parameters = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ConnectError(
            "the database URL cannot be read",
            hint="it looks like postgresql://USER:PASSWORD@HOST:5432/postgres; "
            "characters such as @ : / # % in the password must be percent-encoded",
        ) from error
    if str(parameters.get("port", "")) == TRANSACTION_POOLER_PORT:
        raise ConnectError(
            "port 6543 is the transaction pooler, which keeps no session",
            hint="use the session pooler or the direct connection: the same URL with port 5432",
        )
    parameters.setdefault("connect_timeout", "10")
    # Whatever the database keeps its text in: what is sent is UTF-8, and so is what is read.
    parameters["client_encoding"] = "UTF8"
    target = conninfo.make_conninfo("", **parameters, application_name=application_name)
    try:
        connection = psycopg.connect(target, autocommit=True, prepare_threshold=None)
        with ExitStack() as unless_kept:
            unless_kept.callback(connection.close)
            _demand_sessions(connection, target)
            connection.autocommit = autocommit
            unless_kept.pop_all()
    except psycopg.OperationalError as error:
        raise ConnectError(str(error).strip(), hint=hint(str(error))) from error
    return connection


@contextmanager
def acting_as(connection: psycopg.Connection, role: str, claims: Mapping[str, object] | None = None) -> Iterator[None]:
    """A transaction in which the connection is what PostgREST makes of a request: a role and the token's claims.

    Args:
        connection: logged in as a role that may become `role`.
        role: `anon`, `authenticated`, `service_role`.
        claims: the JWT's payload, `{"sub": user id, …}`; `role` is added to it.
    """
    payload = json.dumps({**(claims or {}), "role": role})
    with connection.transaction():
        connection.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [role, payload]
        )
        yield


def _demand_sessions(connection: psycopg.Connection, target: str) -> None:
    """Refuse a pooler that hands its server processes round after every transaction.

    While another session is in a transaction, such a pooler has lent it the process that served ours last, or lends
    ours another one now. A busy pool can hide that once, hardly three times.
    """
    if not is_pooled(connection):
        return
    first = _backend(connection)
    with closing(psycopg.connect(target, autocommit=True, prepare_threshold=None)) as other:
        for _ in range(3):
            with other.transaction():
                if _backend(other) == first or _backend(connection) != first:
                    raise ConnectError(
                        "this is a pooler in transaction mode, which keeps no session",
                        hint="use the server's own port (5432 on a hosted project), or a pooler in session mode",
                    )


def is_pooled(connection: psycopg.Connection) -> bool:
    """Whether a pooler stands between: it has answered with a process number of its own making."""
    return _backend(connection) != connection.info.backend_pid


def _backend(connection: psycopg.Connection) -> int:
    [(pid,)] = connection.execute("select pg_backend_pid()")
    return int(pid)


def hint(message: str) -> str:
    """What to do about a message of libpq's; empty if nobody knows."""
    text = message.lower()
    return next((todo for words, todo in _HINTS if any(word in text for word in words)), "")
