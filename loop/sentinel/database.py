"""The sentinel's connections: opened when first needed, opened again when lost, always as `service_role`."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from loop.errors import ConfigError
from loop.sentinel import connection

APPLICATION_NAME = "dbtools-sentinel"

# A server that vanished without a word (a cut network, a frozen machine) is noticed within about 15 seconds.
_CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    # By this name, and the lock it holds, a leading sentinel is recognised.
    "application_name": APPLICATION_NAME,
    "autocommit": True,
    "prepare_threshold": None,
}
# What `rows` is told to come often is prepared when it comes for the third time.
_THRESHOLD = 2
# The other way round, the server notices within as long that a sentinel vanished, and lets another one lead.
_SESSION = (
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "3"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15s"),
    # Compiling a plan takes longer than any of these statements.
    ("jit", "off"),
)
# Seconds for which a request waits for the database, queue included; longer than a statement may take. And for which
# the opening of a connection may take, whatever answers in between.
PATIENCE = 20.0
CONNECTING = 10.0
# Seconds after which a connection is opened anew: what is between may have another server by then.
AGE = 300.0
# Errors that a new session may not have: this one is read-only (it was opened at a standby, or in a bad moment), or the
# server is about to end it.
_OF_THE_SESSION = frozenset({"25006", "57P01", "57P02", "57P03"})
# A prepared statement that is gone: a pooler has given the session's server process to somebody else, or it has been
# cleaned up between two requests.
_NOT_PREPARED = "26000"


class _Session(NamedTuple):
    """An open connection, and until when it may be used (monotonic seconds)."""

    conn: AsyncConnection[DictRow]
    until: float


class Database:
    """A few connections that take turns; every statement is a transaction of its own.

    Args:
        url: a libpq URL whose login role is a member of `role`.
        role: the role in which everything runs.
        size: the most connections that serve requests at the same time.
    """

    def __init__(self, url: str, *, role: str = "service_role", size: int = 6) -> None:
        self.url = url
        self.role = role
        # A place holds an idle connection, or None where there is none (yet, or any more). Last in, first out, so that
        # a quiet sentinel keeps few connections warm.
        self._places: asyncio.LifoQueue[_Session | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._places.put_nowait(None)

    def check(self) -> None:
        """See once, before serving, that the database can be reached and is the right one.

        Raises:
            ConnectError: it cannot be reached.
            ConfigError: the login may not become `role`, or the functions that the sentinel calls are not there.
        """
        with connection.connect(self.url) as conn:
            try:
                conn.execute(sql.SQL("set role {}").format(sql.Identifier(self.role)))
            except psycopg.Error as error:
                raise ConfigError(
                    f"{conn.info.user} may not become {self.role}: {error.diag.message_primary}",
                    hint=f"grant {self.role} to {conn.info.user};",
                ) from error
            found = conn.execute(
                "select to_regprocedure('public.assign_chunks(integer,uuid)') is not null"
            ).fetchone() or (False,)
            if not found[0]:
                raise ConfigError(
                    "this database has no public.assign_chunks(integer, uuid)", hint="run: alembic upgrade head"
                )

    async def connect(self, *, statement_timeout: str = "15s") -> AsyncConnection[DictRow]:
        """A connection of the caller's own; `statement_timeout` as Postgres writes it.

        Raises:
            psycopg.OperationalError: it cannot be opened.
        """
        settings = dict([*_SESSION, ("statement_timeout", statement_timeout), ("role", self.role)])
        # In one statement: what lies between may answer once and then no more.
        wanted = sql.SQL(", ").join(sql.SQL("set_config({}, {}, false)").format(*one) for one in settings.items())
        async with asyncio.timeout(CONNECTING):
            conn = await AsyncConnection.connect(self.url, row_factory=dict_row, **_CONNECT)
            try:
                # What somebody else has prepared in this server process, behind a pooler, would be in the way.
                await conn.execute(sql.SQL("deallocate all; select {}").format(wanted))
            except BaseException:
                await conn.close()
                raise
        return conn

    async def rows(
        self, statement: LiteralString, parameters: Mapping[str, object], *, often: bool = False
    ) -> list[DictRow]:
        """What one statement returns; one that is sent `often` is prepared.

        An idle connection may have died since its last use, or may have been opened at a server that has become
        read-only, or its plans may be older than the schema: then the statement runs once more on a new one, so it has
        to be one that may be repeated.

        Raises:
            psycopg.Error: the database refused it, or cannot be reached.
            TimeoutError: it did not answer within `PATIENCE`; it may be frozen, or the network cut.
        """
        async with asyncio.timeout(PATIENCE):
            session = await self._places.get()
            try:
                if session is not None and time.monotonic() > session.until:
                    await session.conn.close()
                    session = None
                if session is not None:
                    try:
                        return await _rows(session.conn, statement, parameters, often=often)
                    except psycopg.Error:
                        if not session.conn.closed:
                            raise
                session = _Session(await self.connect(), time.monotonic() + AGE * random.uniform(0.8, 1.0))  # noqa: S311
                session.conn.prepare_threshold = _THRESHOLD
                return await _rows(session.conn, statement, parameters, often=often)
            finally:
                self._places.put_nowait(None if session is None or session.conn.closed else session)

    async def close(self) -> None:
        """Close the idle connections; call it when no request is left."""
        while not self._places.empty():
            if (session := self._places.get_nowait()) is not None:
                await session.conn.close()


async def _rows(
    conn: AsyncConnection[DictRow], statement: LiteralString, parameters: Mapping[str, object], *, often: bool
) -> list[DictRow]:
    """Closes the connection where it cannot be of use any more."""
    try:
        return await (await conn.execute(statement, parameters, prepare=None if often else False)).fetchall()
    except psycopg.Error as error:
        if error.sqlstate in _OF_THE_SESSION or _has_old_plan(error):
            await conn.close()
        raise
    finally:
        # A cancelled statement may leave its connection in the middle of something.
        if conn.info.transaction_status != TransactionStatus.IDLE:
            await conn.close()


def _has_old_plan(error: psycopg.Error) -> bool:
    """Whether a prepared statement is gone, or returns other columns since the schema was upgraded.

    "cached plan must not change result type" has a code that it shares with much else, and its words are translated.
    """
    return error.sqlstate == _NOT_PREPARED or error.diag.source_function == "RevalidateCachedQuery"
