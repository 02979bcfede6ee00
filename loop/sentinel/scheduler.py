"""The sentinel's scheduler: hears of pending chunks, leads or stands by, has chunks assigned, runs the periodic chores.

Sentinels know of each other through the database only. An advisory lock says who leads; one channel of theirs carries
what was assigned, so that any of them can answer the heartbeats that wait at it, and each one's own pulse, by which it
notices that it no longer hears anything.
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
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from loop.sentinel.database import Database
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds: how long at most without a look at the queue, should a notification get lost; how long to gather further
# notifications after the first one; how often to see who leads and whether LISTEN still works; how often to see which
# chores are due; and how long to wait after a failure, doubled from the first to the last.
POLL = 30.0
DEBOUNCE = 0.05
PULSE = 2.0
TICK = 1.0
RETRY_FIRST, RETRY_LAST = 0.5, 15.0

# Chunks that one call may assign. Pairing costs about as much for one as for many.
BATCH = 1000
# Verdicts of one call of settle_checks.
SETTLED = 100

PENDING, SENTINELS = "pending_chunk", "dbtools_sentinel"

# The lock belongs to the session, so it goes when the leader does. Never waited for: a session that waits holds a
# snapshot, which keeps Postgres from cleaning up. The triggers are those that say `pending_chunk`.
_PULSE = """
select
  %(leading)s or pg_try_advisory_lock(hashtextextended('dbtools.sentinel', 0)) as leading,
  array(
    select t.name from unnest(array['trg_pending_chunk', 'trg_pending_chunk_again']) as t (name)
    where not exists (
      select from pg_trigger as p
      where p.tgrelid = to_regclass('public.jobs_chunks') and p.tgname = t.name and p.tgenabled in ('O', 'A')
    )
  ) as missing,
  pg_notify('dbtools_sentinel', %(pulse)s)
"""
# With the assignment it commits to whom, for the heartbeats that wait. A notification holds 8,000 bytes, a key 44.
_ASSIGN = """
with assigned as materialized (
  select a.node_id from public.assign_chunks(%(limit)s) as a
),
told as materialized (
  select pg_notify('dbtools_sentinel', 'assigned ' || string_agg(k.public_key, ' '))
  from (
    select n.public_key, (row_number() over () - 1) / 150 as part
    from public.nodes as n
    where n.id in (select a.node_id from assigned as a) and length(n.public_key) = 44
  ) as k
  group by k.part
)
select (select count(*) from assigned) as chunks, (select count(*) from told) as notifications
"""
# Before each assignment: verdicts on what was computed twice, and what is to be computed once more. In a transaction of
# its own, because it holds its locks in no order that others could rely on.
_SETTLE = "select public.settle_checks() as settled"
_SETTINGS = "select reap_every, offline_every, cleanup_every from private.settings"

# Each chore with its call and the settings' column that says how often.
_CHORES: dict[str, tuple[LiteralString, str]] = {
    "reap_stale_chunks": ("select public.reap_stale_chunks() as outcome", "reap_every"),
    "mark_nodes_offline": ("select public.mark_nodes_offline() as outcome", "offline_every"),
    "cleanup_stale_data": ("select public.cleanup_stale_data() as outcome", "cleanup_every"),
}


@dataclass(frozen=True)
class Pass:
    """An assignment pass: when it ended (Unix seconds), how long it took (seconds), how many chunks it assigned."""

    at: float
    seconds: float
    assigned: int


class LostListenError(Exception):
    """The connection is there, but notifications do not arrive over it."""


class Scheduler:
    """Three loops that outlive whatever goes wrong in them: who leads and what is heard; passes; chores.

    Attributes:
        leading: whether this sentinel assigns and does the chores.
        missing: the triggers that should tell of pending chunks and do not.
        last_pass: this sentinel's latest assignment pass.
    """

    def __init__(self, database: Database, waiting: Waiting, metrics: Metrics) -> None:
        self._database = database
        self._waiting = waiting
        self._metrics = metrics
        self._wanted = asyncio.Event()
        self._listening = False
        self._passed = False
        self._done_at: dict[str, float] = {}
        self.leading = False
        self.missing: list[str] = []
        self.last_pass: Pass | None = None

    @property
    def ready(self) -> bool:
        """Whether, on the present connection, LISTEN and an assignment pass have succeeded."""
        return self._listening and self._passed

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for step in (self._listen, self._pass, self._do_chores):
                group.create_task(_forever(step))

    async def _listen(self) -> None:
        """Hold the connection that hears, and the lock if it is to be had, until something is wrong with it."""
        conn = await self._database.connect()
        try:
            # Before the first pass, so that nothing can become pending unheard between the two.
            await conn.execute(f"listen {PENDING}")
            await conn.execute(f"listen {SENTINELS}")
            self._listening = True
            self._wanted.set()
            # What was assigned while nobody listened here was not heard.
            self._waiting.wake_all()
            while True:
                await self._pulse(conn)
        finally:
            self._listening = self._passed = self.leading = False
            await conn.close()

    async def _pulse(self, conn: AsyncConnection[DictRow]) -> None:
        pulse = f"pulse {uuid.uuid4()}"
        async with asyncio.timeout(20):
            cursor = await conn.execute(_PULSE, {"leading": self.leading, "pulse": pulse})
            row = await cursor.fetchone()
        if row is None:
            raise LostListenError("no answer")
        if row["leading"] and not self.leading:
            self.leading = True
            # The first round of chores comes one interval later: if no sentinel was there, the nodes could not report,
            # and what they compute only looks stale.
            self._done_at = dict.fromkeys(_CHORES, time.monotonic())
            self._wanted.set()
            log.info("this sentinel leads")
        self._note_triggers(row["missing"])
        heard = False
        async for note in conn.notifies(timeout=PULSE):
            word, *keys = note.payload.split(" ") if note.channel == SENTINELS else (PENDING,)
            if word == PENDING:
                self._wanted.set()
            elif word == "assigned":
                self._waiting.wake(keys)
            heard = heard or note.payload == pulse
        if not heard:
            raise LostListenError("LISTEN is lost: this connection does not hear its own notifications")

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
        """Assign when somebody asks for it, and every so often anyway.

        Every sentinel makes one pass on each new connection, which shows that it could; after it only the leader does.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._wanted.wait()
        await asyncio.sleep(DEBOUNCE)
        self._wanted.clear()
        if self._passed and not self.leading:
            return
        began = time.monotonic()
        total, assigned = 0, BATCH
        try:
            settled = SETTLED
            while settled >= SETTLED:
                [row] = await self._database.rows(_SETTLE, {})
                settled = int(row["settled"])
            while assigned == BATCH:
                [row] = await self._database.rows(_ASSIGN, {"limit": BATCH})
                assigned = int(row["chunks"])
                total += assigned
        except BaseException:
            self._wanted.set()
            raise
        finally:
            seconds = time.monotonic() - began
            self._metrics.passed(seconds, total)
        self.last_pass = Pass(time.time(), seconds, total)
        self._passed = True
        if total:
            log.debug("assigned %d chunks in %.3f s", total, seconds)

    async def _do_chores(self) -> None:
        """Run what is due; a chore that fails keeps neither the others nor the passes from running."""
        await asyncio.sleep(TICK)
        if not self.leading:
            return
        [settings] = await self._database.rows(_SETTINGS, {})
        for name, (call, column) in _CHORES.items():
            if time.monotonic() - self._done_at[name] < settings[column].total_seconds():
                continue
            self._done_at[name] = time.monotonic()
            try:
                outcome = await self._call(call)
            except psycopg.Error as error:
                log.warning("%s failed: %s", name, str(error).strip())
                continue
            log.debug("%s: %s", name, outcome)
            if name == "reap_stale_chunks":
                self._metrics.reaped(outcome)

    async def _call(self, call: LiteralString) -> Any:
        # On a connection of its own: it may take longer than a request may.
        async with await self._database.connect(statement_timeout="120s") as conn, asyncio.timeout(130):
            row = await (await conn.execute(call)).fetchone()
        return row and row["outcome"]


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
            expected = isinstance(error, (psycopg.Error, OSError, LostListenError))
            log.warning("%s; again in %.1f s", str(error).strip() or repr(error), retry, exc_info=not expected)
        await asyncio.sleep(retry * random.uniform(0.8, 1.2))  # noqa: S311
        retry = min(retry * 2, RETRY_LAST)
