"""The session beside the one that works: it holds the upgrade's lock, and sees what the work waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
from pglast.parser import ParseError, scan

from dbtools.errors import MigrationError
from dbtools.postgres.connection import connect

Say = Callable[[str], None]

# Held for as long as a runner runs; one for each database, as all advisory locks.
LOCK = "hashtextextended('dbtools.upgrade', 0)"

_HOLDER = f"""
select a.pid, a.usename, a.client_addr, to_char(a.backend_start, 'HH24:MI:SS')
from pg_locks as l
  inner join pg_stat_activity as a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and (l.classid::bigint << 32) | l.objid::bigint = {LOCK}
"""  # noqa: S608  (nothing of anybody else's in it)

_BLOCKERS = """
select b.pid, a.query, a.usename, a.application_name,
  a.state || ' for ' || round(extract(epoch from clock_timestamp() - a.xact_start)) || ' s'
from unnest(pg_blocking_pids(%s)) as b (pid)
  left join pg_stat_activity as a on b.pid = a.pid
"""


class Observer:
    """What the runner knows through the session that holds its lock.

    Args:
        session: that session, autocommitting: an open snapshot would hold up every index built concurrently.
        say: gets lines for people.
    """

    def __init__(self, session: psycopg.Connection, say: Say) -> None:
        self.session = session
        self._say = say
        self.blockers: list[str] = []

    def demand_lock(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            MigrationError: the session that held it is gone, so another upgrade may be running.
        """
        try:
            self.session.execute("select 1")
        except psycopg.OperationalError as error:
            raise MigrationError("the session that holds the upgrade's lock was lost", hint="run it again") from error

    @contextmanager
    def watching(self, pid: int, what: str, every: float) -> Iterator[None]:
        """While the block runs, say what server process `pid` waits for, and that it is still at it.

        Args:
            pid: the process that does the work.
            what: the name of the work.
            every: seconds between two looks.
        """
        self.blockers = []
        ended = threading.Event()
        watch = threading.Thread(target=self._watch, args=(pid, what, every, ended), daemon=True)
        watch.start()
        try:
            yield
        finally:
            ended.set()
            watch.join()

    def _watch(self, pid: int, what: str, every: float, ended: threading.Event) -> None:
        started, next_sign = time.monotonic(), 2.0
        said: list[str] = []
        while not ended.wait(every):
            try:
                found = [describe(*row) for row in self.session.execute(_BLOCKERS, [pid])]
            except psycopg.OperationalError:
                return
            if found:
                self.blockers = found
            if found and found != said:
                self._say(f"{what} waits for {'; '.join(found)}")
            said = found
            if (running := time.monotonic() - started) > next_sign:
                self._say(f"{what} has been running for {running:.0f} s")
                next_sign = running * 2


@contextmanager
def only_runner(url: str, say: Say) -> Iterator[Observer]:
    """Wait until no other runner is at work on this database, and keep others out for the length of the block.

    Raises:
        ConnectError: no session can be had, or not one that a pooler keeps.
    """
    with closing(connect(url, autocommit=True, application_name="dbtools-alembic-lock")) as session:
        waiting = False
        # Asked again and again instead of waited for: a statement that waits holds a snapshot, and the index that the
        # other runner may be building concurrently would wait for that snapshot to go.
        while not _take(session):
            if not waiting:
                say(f"another upgrade is running{_holder(session)}; waiting for it to end")
                waiting = True
            time.sleep(0.2)
        try:
            yield Observer(session, say)
        finally:
            # A pooler in session mode may keep the session, and the lock with it.
            with suppress(psycopg.OperationalError):
                session.execute(f"select pg_advisory_unlock({LOCK})".encode())


def _take(session: psycopg.Connection) -> bool:
    [(taken,)] = session.execute(f"select pg_try_advisory_lock({LOCK})".encode())
    return bool(taken)


def _holder(session: psycopg.Connection) -> str:
    found = session.execute(_HOLDER.encode()).fetchone()
    if found is None:
        return ""
    pid, role, address, since = found
    return f" (since {since}, {role}{f' from {address}' if address else ''}, process {pid})"


def describe(pid: int, query: str | None, *told: str | None) -> str:
    """A session that is in the way, in a line: its process, what is told of it, its statement without literals."""
    if not pid:
        return "a prepared transaction"
    statement = " ".join(_without_literals(query or "").split())
    statement = statement if len(statement) <= 80 else statement[:79] + "…"
    return f"process {pid} ({', '.join(filter(None, told))}): {statement}"


def _without_literals(query: str) -> str:
    """Somebody else's query without its strings, which may be secrets; what cannot be read is cut to its first word."""
    try:
        literals = [token for token in scan(query) if token.name.endswith("SCONST")]
    except ParseError:
        return " ".join(query.split()[:1])
    for token in reversed(literals):
        query = f"{query[: token.start]}'…'{query[token.end + 1 :]}"
    return query
