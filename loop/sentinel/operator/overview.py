"""The overview: a few readings, each as often as it is worth and the budget allows, for all who look at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import psycopg

from loop.sentinel.errors import said
from loop.sentinel.operator import queries
from loop.sentinel.operator.budget import Budget
from loop.sentinel.operator.rights import Rights

log = logging.getLogger(__name__)

Fields = dict[str, Any]

# Seconds between two looks at what is due; and how far back throughput is shown and kept.
TICK = 1.0
HISTORY = 3600.0
# Seconds between two readings of each kind, while somebody looks. Throughput is read all the time.
_EVERY = {"nodes": 5.0, "queue": 5.0, "disputes": 10.0, "failures": 15.0, "database": 15.0}
_DONE_EVERY = 10.0
# Pages that may be open at once.
VIEWERS = 50
_SILENCE = 15.0


class TooManyViewersError(Exception):
    """There are `VIEWERS` already."""


class Overview:
    """Keeps the readings and tells whoever looks of new ones.

    Args:
        budget: what to read with.
        standing: what the sentinel says of itself, as in /status.
        find_rights: asks what the pages' login may.
    """

    def __init__(
        self, budget: Budget, standing: Callable[[], Fields], find_rights: Callable[[], Awaitable[Rights]]
    ) -> None:
        self._budget = budget
        self._standing = standing
        self._find_rights = find_rights
        self.rights: Rights | None = None
        self._readings: dict[str, Fields] = {}
        self._read_at: dict[str, float] = {}
        self._throughput: deque[tuple[float, float | None]] = deque()
        # The time of the latest reading of what is done, its sum, and since when it counts what has ended.
        self._done: tuple[float, float] | None = None
        self._since = time.time() - 60
        self._viewers: set[asyncio.Event] = set()
        self._arrived = asyncio.Event()
        self._closed = False

    def close(self) -> None:
        """Let all who look go."""
        self._closed = True
        self._wake()

    async def run(self) -> None:
        """Read what is due, until cancelled."""
        while True:
            try:
                await self._read_what_is_due()
            except Exception:  # the pages are no reason for the sentinel to stop
                log.exception("the operator's overview could not be read")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), TICK)
            self._arrived.clear()

    async def events(self) -> AsyncIterator[str]:
        """The overview now and whenever it has changed, as server-sent events.

        Raises:
            TooManyViewersError: at the first event.
        """
        if len(self._viewers) >= VIEWERS:
            raise TooManyViewersError
        changed = asyncio.Event()
        changed.set()
        self._viewers.add(changed)
        # Whoever comes waits for no tick.
        self._arrived.set()
        try:
            while not self._closed:
                try:
                    await asyncio.wait_for(changed.wait(), _SILENCE)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                changed.clear()
                if not self._closed:
                    yield "data"
        finally:
            self._viewers.discard(changed)

    def now(self) -> Fields:
        """The overview as it is known."""
        rights = self.rights
        return {
            "at": time.time(),
            "sentinel": self._standing(),
            "rights": rights and asdict(rights),
            "throughput": list(self._throughput),
            "cost": {"share": self._budget.share, "readings": self._budget.readings},
            **{name: self._readings.get(name) for name in _EVERY},
        }

    async def _read_what_is_due(self) -> None:
        news = False
        if self.rights is None and not await self._try("rights", self._read_rights):
            return
        if self._is_due("done", _DONE_EVERY) and self._budget.affordable:
            news |= await self._try("done", self._read_done)
        if self._viewers:
            # What has waited longest comes first, so that nothing starves when the budget is short.
            for name in sorted(_EVERY, key=lambda one: self._read_at.get(one, 0.0)):
                if self._is_due(name, _EVERY[name]) and self._budget.affordable:
                    news |= await self._try(name, getattr(self, f"_read_{name}"))
        if news:
            self._wake()

    async def _try(self, name: str, read: Callable[[], Awaitable[Fields]]) -> bool:
        self._read_at[name] = time.monotonic()
        try:
            self._readings[name] = {"at": time.time(), **await read()}
        except (psycopg.Error, TimeoutError, OSError) as error:
            log.warning("the operator's %s could not be read: %s", name, said(error))
            self._readings[name] = {"at": time.time(), "problem": said(error)}
        return True

    def _is_due(self, name: str, every: float) -> bool:
        return time.monotonic() - self._read_at.get(name, float("-inf")) >= every

    def _wake(self) -> None:
        for viewer in self._viewers:
            viewer.set()

    async def _read_rights(self) -> Fields:
        self.rights = await self._find_rights()
        return {}

    async def _read_done(self) -> Fields:
        # An hour after the last one, the next reading begins later, so that it stays as cheap.
        later = self._since if time.time() - self._since < HISTORY else time.time() - 60
        [row] = await self._budget.rows(queries.DONE, {"since": self._since, "later": later})
        at, done = row["at"], row["since"]
        if self._done is not None:
            before, done_before = self._done
            # Fewer than before: a job was deleted, or tried again. What was done meanwhile is not known then.
            rate = (done - done_before) / (at - before) if done >= done_before and at > before else None
            self._throughput.append((at, rate))
            while self._throughput[0][0] < at - HISTORY:
                self._throughput.popleft()
        self._done, self._since = (at, row["later"]), later
        return {}

    async def _read_nodes(self) -> Fields:
        [row] = await self._budget.rows(queries.NODES)
        return row

    async def _read_queue(self) -> Fields:
        pools = await self._budget.rows(queries.QUEUE)
        return {"pools": pools, "chunks": sum(pool["chunks"] for pool in pools)}

    async def _read_disputes(self) -> Fields:
        if self.rights is None or not self.rights.disputes:
            return {"unseen": True}
        [row] = await self._budget.rows(queries.DISPUTES)
        return row

    async def _read_failures(self) -> Fields:
        [row] = await self._budget.rows(queries.FAILURES, {"ended": queries.ENDED})
        return {**row, "capped": row["ended"] >= queries.ENDED}

    async def _read_database(self) -> Fields:
        began = time.monotonic()
        [row] = await self._budget.rows(queries.HEALTH)
        return {**row, "seconds": time.monotonic() - began}
