"""The sentinel's scheduler: hears of pending chunks, has them assigned, and runs the periodic chores."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from dbtools.sentinel.database import Database

log = logging.getLogger(__name__)

CHANNEL = "pending_chunk"

# Seconds: how long at most without a look at the queue, should a notification get lost; how long to gather further
# notifications after the first one; and how long to wait before connecting again, doubled from the first to the last.
POLL = 30.0
DEBOUNCE = 0.05
RETRY_FIRST, RETRY_LAST = 0.5, 15.0

# Each chore with its call and the settings' column that says how often.
_CHORES: dict[str, tuple[LiteralString, str]] = {
    "reap_stale_chunks": ("select public.reap_stale_chunks() as outcome", "reap_every"),
    "mark_nodes_offline": ("select public.mark_nodes_offline() as outcome", "offline_every"),
    "cleanup_stale_data": ("select public.cleanup_stale_data() as outcome", "cleanup_every"),
}


class Scheduler:
    """Assigns pending chunks and keeps the house clean, over one connection that is opened again when it is lost.

    `ready` is true from the first LISTEN and assignment pass on, and false while the database is out of reach.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_run: dict[str, float] = {}
        self.ready = False

    async def run(self) -> None:
        """Work until cancelled."""
        retry = RETRY_FIRST
        while True:
            try:
                await self._serve()
            except Exception as error:  # a scheduler that stops while the HTTP side goes on would not be noticed
                if self.ready:
                    retry = RETRY_FIRST
                self.ready = False
                expected = isinstance(error, (psycopg.Error, OSError))
                log.warning("scheduler: %s; again in %.1f s", str(error).strip(), retry, exc_info=not expected)
            # Jitter, so that several sentinels do not come back in step.
            await asyncio.sleep(retry * random.uniform(0.8, 1.2))  # noqa: S311
            retry = min(retry * 2, RETRY_LAST)

    async def _serve(self) -> None:
        conn = await self._database.connect(statement_timeout="60s")
        try:
            # Before the first pass, so that nothing can become pending unheard between the two.
            await conn.execute(f"listen {CHANNEL}")
            # The first round of chores comes one interval after the start: if this sentinel was away, the nodes could
            # not report, and what they compute only looks stale.
            self._last_run = dict.fromkeys(_CHORES, time.monotonic())
            while True:
                await self._assign(conn)
                self.ready = True
                pause = min(POLL, await self._do_chores(conn))
                if await _heard(conn, pause):
                    await asyncio.sleep(DEBOUNCE)
                    # What came in the meantime is covered by the pass that follows.
                    await _heard(conn, 0)
        finally:
            await conn.close()

    async def _assign(self, conn: AsyncConnection[DictRow]) -> None:
        while assigned := (await conn.execute("select chunk_id from public.assign_chunks()")).rowcount:
            log.info("assigned %d chunks", assigned)

    async def _do_chores(self, conn: AsyncConnection[DictRow]) -> float:
        """Run what is due; returns the seconds until the next chore."""
        statement = "select reap_every, offline_every, cleanup_every from private.settings"
        settings = await (await conn.execute(statement)).fetchone()
        if settings is None:
            return POLL
        soonest = POLL
        for name, (call, column) in _CHORES.items():
            every = settings[column].total_seconds()
            if time.monotonic() - self._last_run[name] >= every:
                self._last_run[name] = time.monotonic()
                await self._do(conn, name, call)
            soonest = min(soonest, self._last_run[name] + every - time.monotonic())
        return max(soonest, 0.0)

    async def _do(self, conn: AsyncConnection[DictRow], name: str, call: LiteralString) -> None:
        try:
            row = await (await conn.execute(call)).fetchone()
        except psycopg.Error as error:
            if conn.closed:
                raise
            # One chore that fails must not keep chunks from being assigned.
            log.warning("%s failed: %s", name, str(error).strip())
        else:
            log.debug("%s: %s", name, row and row["outcome"])


async def _heard(conn: AsyncConnection[DictRow], seconds: float) -> bool:
    """Whether a notification comes within that time; returns at the first one."""
    return len([n async for n in conn.notifies(timeout=seconds, stop_after=1)]) > 0
