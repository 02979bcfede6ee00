"""What a node says to the sentinel all the time: that it is there, what it computes, and whether there is work."""

from __future__ import annotations

import asyncio
import os
import platform
import random
import time
from dataclasses import dataclass
from typing import Any

from loop import __version__
from loop.backoff import Backoff
from loop.node.client import RefusedError, SentinelClient, UnreachableError
from loop.node.work import Say, Work

# What the sentinel calls it when another process computes with the same key.
ELSEWHERE = "node_runs_elsewhere"


@dataclass(frozen=True)
class Manner:
    """How a node works.

    Attributes:
        hostname: the name that it registers with.
        processes: how many chunks it computes at the same time.
        interval: seconds for which a heartbeat waits for work.
        session: tells this process from another one with the same key, of which the database lets one be the node.
    """

    hostname: str
    processes: int
    interval: float
    session: str

    def fields(self) -> dict[str, Any]:
        """As the sentinel's /nodes/register takes it."""
        return {
            "hostname": self.hostname,
            "totalCores": max(os.cpu_count() or 1, self.processes),
            "enabledCores": self.processes,
            "platform": f"{platform.system()} {platform.machine()}".strip().lower() or "unknown",
            "version": __version__,
        }


class Heartbeats:
    """Registers the node and keeps it in the sentinel's mind; what comes in answer goes to the work."""

    def __init__(self, sentinel: SentinelClient, work: Work, manner: Manner, say: Say) -> None:
        self._sentinel = sentinel
        self._work = work
        self._manner = manner
        self._say = say
        self._registered = False
        self._greeted = ""
        self.stopping = False

    async def run(self) -> None:
        """Send one heartbeat after the other, for ever."""
        backoff = Backoff()
        while True:
            began = time.monotonic()
            try:
                if not self._registered:
                    await self._register()
                news = await self._beat()
                backoff.reset()
            except UnreachableError as error:
                pause = backoff.pause(error.retry_after)
                self._say(f"{error.message}; again in {pause:.1f} s" + (f" ({error.hint})" if error.hint else ""))
                await asyncio.sleep(pause)
                continue
            took = time.monotonic() - began
            # A sentinel that holds no answer back, though there is nothing new in it, would be asked on and on.
            if not news and took < min(1.0, self._manner.interval / 2):
                await asyncio.sleep((self._manner.interval - took) * random.uniform(0.8, 1.0))  # noqa: S311

    async def farewell(self) -> None:
        """Say that the node is gone; nobody waits for what it holds."""
        if self._registered:
            fields = {"status": "offline", "running": [], "session": self._manner.session}
            try:
                async with asyncio.timeout(2):
                    await self._sentinel.post("/nodes/heartbeat", fields)
            except (RefusedError, UnreachableError, TimeoutError):
                pass

    async def _register(self) -> None:
        try:
            answer = await self._sentinel.post("/nodes/register", self._manner.fields())
        except RefusedError as error:
            raise await self._refused("not registered", error) from error
        self._registered = True
        if not answer.get("claimed"):
            self._greet(f"waiting to be claimed; claim code: {answer.get('claimCode')}")

    async def _beat(self) -> bool:
        """One heartbeat; whether it brought anything new."""
        work = self._work.fields()
        if self.stopping:
            # Heartbeats go on, for what is still computed must not get stale.
            fields = {"status": "offline", "running": work["running"], "session": self._manner.session}
        else:
            fields = {"status": "online", **work, "wait": self._manner.interval, "session": self._manner.session}
        try:
            answer = await self._sentinel.post("/nodes/heartbeat", fields)
        except RefusedError as error:
            if error.status != 404:
                raise await self._refused("heartbeat refused", error) from error
            # Not claimed yet; or forgotten, because nobody claimed it for long.
            self._registered = error.code != "node_unknown"
            return False
        self._greet(f"node {answer.get('name')} is online, {self._manner.processes} at a time")
        await self._work.withdraw([str(id_) for id_ in answer.get("cancelled", [])])
        return False if self.stopping else self._work.take(answer)

    async def _refused(self, what: str, error: RefusedError) -> UnreachableError:
        """What to do about a refusal: the same call may be answered later."""
        if error.code == ELSEWHERE:
            # Two that compute with one key would hand in each other's chunks.
            await self._work.abandon()
            self._greeted = ""
        return UnreachableError(f"{what}: {error.message}", error.hint)

    def _greet(self, line: str) -> None:
        if line != self._greeted:
            self._greeted = line
            self._say(line)
