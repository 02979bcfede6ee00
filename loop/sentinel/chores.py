"""What the leading sentinel does every so often: takes stale chunks back, marks silent nodes offline, cleans up."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, LiteralString

import psycopg

from loop.sentinel.database import Database
from loop.sentinel.errors import said
from loop.sentinel.leadership import Leadership
from loop.sentinel.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds: how often to see which chores are due.
TICK = 1.0

_SETTINGS = "select reap_every, offline_every, cleanup_every from private.settings"

# Each chore with its call and the settings' column that says how often.
_CHORES: dict[str, tuple[LiteralString, str]] = {
    "reap_stale_chunks": ("public.reap_stale_chunks()", "reap_every"),
    "mark_nodes_offline": ("public.mark_nodes_offline()", "offline_every"),
    "cleanup_stale_data": ("public.cleanup_stale_data()", "cleanup_every"),
}


class Chores:
    """The chores, each as often as the settings say, as long as this sentinel leads."""

    def __init__(self, database: Database, leadership: Leadership, metrics: Metrics) -> None:
        self._database = database
        self._leadership = leadership
        self._metrics = metrics
        self._done_at: dict[str, float] = {}
        self.wait()

    def wait(self) -> None:
        """Let the next round come one interval from now."""
        self._done_at = dict.fromkeys(_CHORES, time.monotonic())

    async def do(self) -> None:
        """Run what is due; a chore that fails keeps neither the others nor the passes from running."""
        await asyncio.sleep(TICK)
        if not self._leadership.leading:
            return
        [settings] = await self._database.rows(_SETTINGS, {})
        for name, (call, column) in _CHORES.items():
            if time.monotonic() - self._done_at[name] < settings[column].total_seconds():
                continue
            self._done_at[name] = time.monotonic()
            try:
                outcome = await self._call(call)
            except (psycopg.Error, TimeoutError) as error:
                log.warning("%s failed: %s", name, said(error))
                continue
            log.debug("%s: %s", name, outcome)
            if name == "reap_stale_chunks":
                self._metrics.reaped(outcome)

    async def _call(self, call: LiteralString) -> Any:
        statement = "select " + self._leadership.fenced(call) + " as outcome"
        # On a connection of its own: it may take longer than a request may.
        async with await self._database.connect(statement_timeout="120s") as conn, asyncio.timeout(130):
            row = await (await conn.execute(statement, {"term": self._leadership.own_term})).fetchone()
        return row and row["outcome"]
