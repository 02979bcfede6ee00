"""The sentinel's scheduler: hears of pending chunks, and, while it leads, has them assigned and does the chores.

Sentinels know of each other through the database only. A row says who leads (see `loop.sentinel.leadership`); one
channel of theirs carries what was assigned, so that any of them can answer the heartbeats that wait at it, and each
one's own pulse, by which it notices that it no longer hears anything.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from loop.errors import LoopError
from loop.sentinel.assignments import BATCH, Assignments
from loop.sentinel.chores import Chores
from loop.sentinel.database import Database
from loop.sentinel.errors import is_behind, said
from loop.sentinel.leadership import Leadership, LeadershipLostError
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Metrics
from loop.sentinel.refill import Refill

log = logging.getLogger(__name__)

# Seconds: how long at most without a look at the queue, should a notification get lost; how long to gather further
# notifications after the first one; and how long to wait after a failure, doubled from the first to the last.
POLL = 30.0
DEBOUNCE = 0.05
RETRY_FIRST, RETRY_LAST = 0.5, 4.0
# Seconds that a pulse may take (a lease is longer), and one assignment.
PATIENCE = 5.0
ASSIGNING = 12.0
# Seconds after which a pass that is asked for counts as late; and by which the clock may differ from the database's.
LATE = 10.0
CLOCK = 60.0

# Verdicts of one call of settle_checks.
SETTLED = 100

PENDING, SENTINELS = "pending_chunk", "dbtools_sentinel"

# Before each assignment: verdicts on what was computed twice, and what is to be computed once more. In a transaction of
# its own, because it holds its locks in no order that others could rely on.
_SETTLE = "public.settle_checks()"
_NOTIFY = "select pg_notify(%(channel)s, '')"
# Nodes that were left alone for a while have room again, and nothing happens then that would say so.
_NEXT_ROOM: LiteralString = """
select extract(epoch from min(n.backoff_until) - clock_timestamp())::float8 as seconds
from public.nodes as n
where n.backoff_until > clock_timestamp() and n.status = 'online'
"""


@dataclass(frozen=True)
class Pass:
    """An assignment pass: when it ended (Unix seconds), how long it took (seconds), how many chunks it assigned."""

    at: float
    seconds: float
    assigned: int


class LostListenError(LoopError):
    """The connection is there, but notifications do not arrive over it."""


class Scheduler:
    """Loops that outlive whatever goes wrong in them: who leads and what is heard; passes; refills; chores.

    Attributes:
        leadership: who leads.
        refill: where reports say that they have made room.
        missing: the triggers that should tell of pending chunks and do not.
        last_pass: this sentinel's latest assignment pass that succeeded.
    """

    def __init__(self, database: Database, waiting: Waiting, metrics: Metrics) -> None:
        self._database = database
        self._waiting = waiting
        self._metrics = metrics
        self._wanted = asyncio.Event()
        # What is wrong with the listening session and with the latest pass; empty where nothing is.
        self._deaf = "not yet connected"
        self._failure = ""
        # By the monotonic clock: since when a pass is asked for and not done, and when the latest one ended.
        self._asked: float | None = None
        self._ended = 0.0
        # Seconds from a pass to the next look, if nobody asks for one before.
        self._pause = POLL
        self._passed_in: int | None = None
        self.leadership = Leadership()
        self._assignments = Assignments(database, waiting, self.leadership)
        self.refill = Refill(self._assignments, self.leadership, metrics, self._ask)
        self._chores = Chores(database, self.leadership, metrics)
        self.missing: list[str] = []
        self.last_pass: Pass | None = None

    @property
    def reasons(self) -> list[str]:
        """Why this sentinel is not ready, in sentences without a full stop; empty if it is."""
        found = []
        if self._deaf:
            found.append(f"no notifications are heard: {self._deaf}")
        elif self.leadership.vacant:
            found.append("no sentinel leads")
        if abs(self.leadership.clock_ahead) > CLOCK:
            way = "ahead of" if self.leadership.clock_ahead > 0 else "behind"
            found.append(f"this clock is {abs(self.leadership.clock_ahead):.0f} s {way} the database's")
        if self.leadership.leading:
            now = time.monotonic()
            if self._failure:
                found.append(f"the last assignment pass failed: {self._failure}")
            elif self._passed_in != self.leadership.begun:
                found.append("no assignment pass has succeeded yet since this sentinel leads")
            elif (self._asked and now - self._asked > LATE) or now - self._ended > POLL + LATE:
                found.append(f"the assignment pass is late: the last one ended {now - self._ended:.0f} s ago")
        return found

    async def run(self) -> None:
        """Work until cancelled; then let another sentinel lead."""
        async with asyncio.TaskGroup() as group:
            for step in (self._listen, self._pass, self.refill.step, self._chores.do):
                group.create_task(_forever(step))

    async def _listen(self) -> None:
        """Hold the connection that hears and leads, until something is wrong with it."""
        conn = None
        try:
            conn = await self._database.connect()
            # Before the first pass, so that nothing can become pending unheard between the two.
            await conn.execute(f"listen {PENDING}")
            await conn.execute(f"listen {SENTINELS}")
            await self.leadership.begin(conn)
            # What was assigned while nobody listened here was not heard.
            self._waiting.wake_all()
            while True:
                await self._pulse(conn)
        except asyncio.CancelledError:
            if conn is not None:
                with suppress(psycopg.Error, TimeoutError):
                    async with asyncio.timeout(1):
                        await self.leadership.resign(conn)
            raise
        except Exception as error:
            self._deaf = said(error)
            raise
        finally:
            self.leadership.lost()
            if conn is not None:
                await conn.close()

    async def _pulse(self, conn: AsyncConnection[DictRow]) -> None:
        pulse = f"pulse {uuid.uuid4()}"
        begun = self.leadership.begun
        async with asyncio.timeout(PATIENCE):
            row = await self.leadership.pulse(conn, pulse)
        if self.leadership.begun > begun:
            # The first round of chores comes one interval later: if no sentinel was there, the nodes could not report,
            # and what they compute only looks stale.
            self._chores.wait()
            self._want()
            log.info("this sentinel leads in term %s", self.leadership.term)
        self._note_triggers(row["missing"])
        heard = False
        async for note in conn.notifies(timeout=self.leadership.pause):
            word, *keys = note.payload.split(" ") if note.channel == SENTINELS else (PENDING,)
            if word == PENDING:
                self._want()
            elif word == "assigned" and self.leadership.name not in keys:
                self._waiting.wake(keys)
            if note.payload == pulse:
                heard, self._deaf = True, ""
        if not heard:
            raise LostListenError("LISTEN is lost: this connection does not hear its own notifications")

    def _want(self) -> None:
        """Ask for a pass."""
        if self._asked is None:
            self._asked = time.monotonic()
        self._wanted.set()

    async def _ask(self) -> None:
        """Ask for a pass, whoever leads: this sentinel may be wrong about that."""
        self._want()
        await self._database.rows(_NOTIFY, {"channel": PENDING})

    def _note_triggers(self, missing: list[str]) -> None:
        if missing == self.missing:
            return
        self.missing = missing
        if missing:
            log.warning(
                "%s missing or disabled on public.jobs_chunks: new chunks are found by looking every %.0f s only; "
                "see: dbtools verify %s",
                *(" and ".join(missing), POLL, " ".join(missing)),
            )
        else:
            log.info("the triggers on public.jobs_chunks are there")

    async def _pass(self) -> None:
        """If this sentinel leads, assign when somebody asks for it or a back-off ends, and every so often anyway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause):
                await self._wanted.wait()
        await asyncio.sleep(DEBOUNCE)
        self._wanted.clear()
        if not self.leadership.leading:
            self._asked, self._pause = None, POLL
            return
        begun, began = self.leadership.begun, time.monotonic()
        total, assigned = 0, BATCH
        try:
            settled = SETTLED
            while settled >= SETTLED:
                settled = await self._settle()
            self._pause = min(POLL, await self._next_room())
            while assigned == BATCH:
                self._asked = time.monotonic()
                async with asyncio.timeout(ASSIGNING):
                    assigned = (await self._assignments.to_all()).chunks
                total += assigned
        except BaseException as error:
            self._failure = said(error)
            self._want()
            raise
        finally:
            seconds = time.monotonic() - began
            self._metrics.passed(seconds, total)
        self.last_pass = Pass(time.time(), seconds, total)
        self._failure, self._passed_in, self._ended = "", begun, time.monotonic()
        if not self._wanted.is_set():
            self._asked = None
        if total:
            log.debug("assigned %d chunks in %.3f s", total, seconds)

    async def _next_room(self) -> float:
        """Seconds until the next back-off ends."""
        try:
            [row] = await self._database.rows(_NEXT_ROOM, {})
        except psycopg.errors.UndefinedColumn:
            # The database is yet to be upgraded.
            return POLL
        return POLL if row["seconds"] is None else max(row["seconds"], 0.0)

    async def _settle(self) -> int:
        statement = "select " + self.leadership.fenced(_SETTLE) + " as settled"
        try:
            [row] = await self._database.rows(statement, {"term": self.leadership.own_term})
        except psycopg.errors.UndefinedFunction as error:
            # The upgrade to it waits at an earlier revision for a sentinel that leads.
            if not is_behind(error):
                raise
            return 0
        return int(row["settled"])


async def _forever(step: Callable[[], Awaitable[None]]) -> None:
    """Again and again; after a failure not at once, and not in step with other sentinels."""
    retry = RETRY_FIRST
    while True:
        began = time.monotonic()
        try:
            await step()
            retry = RETRY_FIRST
            continue
        except Exception as error:  # a loop that stops while the others go on would not be noticed
            if time.monotonic() - began > RETRY_LAST:
                retry = RETRY_FIRST
            expected = isinstance(error, (psycopg.Error, OSError, LostListenError, LeadershipLostError))
            log.warning("%s; again in %.1f s", str(error).strip() or repr(error), retry, exc_info=not expected)
        await asyncio.sleep(retry * random.uniform(0.8, 1.2))  # noqa: S311
        retry = min(retry * 2, RETRY_LAST)
