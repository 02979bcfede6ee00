"""A node's loop: one task sends heartbeats, one for each chunk sees it through; all of them in one thread.

A heartbeat is held by the sentinel until there is work, so an idle node has it at once. A result is kept until a
sentinel has taken or refused it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from loop import __version__
from loop.node.chunk import Chunk
from loop.node.client import ApiClient, RefusedError, SentinelClient, UnreachableError
from loop.node.program import Program, SimulationError

Say = Callable[[str], None]
T = TypeVar("T")

# Seconds before the next attempt when nobody answers, doubled from the first to the last.
RETRY_FIRST, RETRY_LAST = 0.5, 30.0
# Seconds for which a stopping node goes on trying to deliver what it has computed.
PATIENCE = 30.0


@dataclass(frozen=True)
class Manner:
    """How a node works: its name, how many chunks at the same time, how long a heartbeat waits for work (seconds)."""

    hostname: str
    processes: int
    interval: float

    def fields(self) -> dict[str, Any]:
        """As the sentinel's /nodes/register takes it."""
        return {
            "hostname": self.hostname,
            "totalCores": max(os.cpu_count() or 1, self.processes),
            "enabledCores": self.processes,
            "platform": f"{platform.system()} {platform.machine()}".strip().lower() or "unknown",
            "version": __version__,
        }


class Node:
    """A node's state and its loop.

    Args:
        sentinel: the sentinels.
        api: where configs are fetched; None if they come with the chunks.
        command: the program that computes, see `loop.node.program`.
        manner: how it works.
        say: gets the progress, line by line.
    """

    def __init__(
        self,
        sentinel: SentinelClient,
        api: ApiClient | None,
        command: Sequence[str],
        manner: Manner,
        say: Say,
    ) -> None:
        self._sentinel = sentinel
        self._api = api
        self._manner = manner
        self._say = say
        self._programs = [Program(command) for _ in range(manner.processes)]
        self._free: asyncio.Queue[Program] = asyncio.Queue()
        for program in self._programs:
            self._free.put_nowait(program)
        self._chunks: dict[str, Chunk] = {}
        # The attempts that are over for this node, whatever the sentinel still says of them.
        self._over: deque[str] = deque(maxlen=1000)
        self._stop = asyncio.Event()
        self._registered = False
        self._greeted = ""
        self._done = 0

    async def run(self) -> None:
        """Work until a signal comes and the chunks in hand are delivered."""
        with _signals(self._stop.set):
            beats = asyncio.create_task(self._beats())
            stop = asyncio.create_task(self._stop.wait())
            await asyncio.wait({beats, stop}, return_when=asyncio.FIRST_COMPLETED)
        # From here on a signal ends the node at once. Heartbeats go on, for what is still computed must not get stale.
        await _end(beats)
        beats = asyncio.create_task(self._beats())
        try:
            await self._finish()
        finally:
            await _end(beats)
            await asyncio.gather(*(program.close() for program in self._programs))
        if self._registered:
            with suppress(RefusedError, UnreachableError):
                await self._sentinel.post("/nodes/heartbeat", {"status": "offline", "running": []})
        self._say(f"node stopped, {self._done} chunks delivered")

    async def _finish(self) -> None:
        waiting = [chunk for chunk in self._chunks.values() if chunk.state == "waiting"]
        self._say(f"stopping: {len(self._chunks) - len(waiting)} chunks to finish, {len(waiting)} left to others")
        for chunk in waiting:
            await self._drop(chunk)
        tasks = [chunk.task for chunk in self._chunks.values() if chunk.task]
        handed_back = [
            asyncio.create_task(self._fail(chunk, "the node stopped before it began", handed_back=True))
            for chunk in waiting
        ]
        await asyncio.gather(*tasks, *handed_back, return_exceptions=True)

    # Heartbeats

    async def _beats(self) -> None:
        retry = RETRY_FIRST
        while True:
            began = time.monotonic()
            try:
                if not self._registered:
                    await self._register()
                news = await self._beat()
                retry = RETRY_FIRST
            except UnreachableError as error:
                pause = retry * random.uniform(0.8, 1.2)  # noqa: S311
                self._say(f"{error.message}; again in {pause:.1f} s" + (f" ({error.hint})" if error.hint else ""))
                await asyncio.sleep(pause)
                retry = min(retry * 2, RETRY_LAST)
                continue
            took = time.monotonic() - began
            # A sentinel that holds no answer back, though there is nothing new in it, would be asked on and on.
            if not news and took < min(1.0, self._manner.interval / 2):
                await asyncio.sleep((self._manner.interval - took) * random.uniform(0.8, 1.0))  # noqa: S311

    async def _register(self) -> None:
        try:
            answer = await self._sentinel.post("/nodes/register", self._manner.fields())
        except RefusedError as error:
            raise UnreachableError(f"not registered: {error.message}", error.hint) from error
        self._registered = True
        if not answer.get("claimed"):
            self._greet(f"waiting to be claimed; claim code: {answer.get('claimCode')}")

    async def _beat(self) -> bool:
        """One heartbeat; whether it brought anything new."""
        stopping = self._stop.is_set()
        fields: dict[str, Any] = {"status": "offline" if stopping else "online", "running": list(self._chunks)}
        if not stopping:
            attempts = [chunk.token for chunk in self._chunks.values()]
            fields |= {"attempts": attempts, "wait": self._manner.interval, "embed": self._api is None}
        try:
            answer = await self._sentinel.post("/nodes/heartbeat", fields)
        except RefusedError as error:
            if error.status != 404:
                raise UnreachableError(f"heartbeat refused: {error.message}", error.hint) from error
            # Not claimed yet; or forgotten, because nobody claimed it for long.
            self._registered = error.code != "node_unknown"
            return False
        self._greet(f"node {answer.get('name')} is online, {self._manner.processes} at a time")
        cancelled = [chunk for id_ in answer.get("cancelled", []) if (chunk := self._chunks.get(str(id_)))]
        for chunk in cancelled:
            # What is computed may just have been taken: then its own answer is on its way.
            if chunk.state != "computed":
                await self._drop(chunk)
                self._say(f"chunk {chunk.label}: no longer wanted")
        if stopping:
            return False
        started = [self._start(given) for given in answer.get("chunks", [])]
        return any(started)

    def _start(self, given: dict[str, Any]) -> bool:
        try:
            chunk = Chunk.read(given)
        except (KeyError, TypeError, ValueError) as error:
            raise UnreachableError(f"the sentinel sent a chunk that makes no sense: {error!r}") from error
        if known := self._chunks.get(chunk.id):
            # The same chunk given to this node once more: the result will be the same, only the token is new.
            known.token = chunk.token
            return False
        if chunk.token in self._over:
            return False
        self._chunks[chunk.id] = chunk
        chunk.task = asyncio.create_task(self._see_through(chunk))
        return True

    # Chunks

    async def _see_through(self, chunk: Chunk) -> None:
        """Compute a chunk, then deliver it or say why not."""
        try:
            program = await self._free.get()
            try:
                chunk.state = "computing"
                began = time.monotonic()
                config = await self._config(chunk)
                result = await program.compute(config, chunk.iterations, chunk.seed_offset)
                seconds = time.monotonic() - began
            finally:
                self._free.put_nowait(program)
            chunk.state = "computed"
            await self._complete(chunk, result, seconds)
        except SimulationError as error:
            await self._fail(chunk, error.message)
        except RefusedError as error:
            await self._fail(chunk, f"{error.message} ({error.code})")
        except ValueError as error:
            await self._fail(chunk, f"the simulation's result is no JSON: {error}")
        except UnreachableError:
            self._say(f"chunk {chunk.label}: not delivered; others will compute it again")
        finally:
            self._over.append(chunk.token)
            self._chunks.pop(chunk.id, None)

    async def _config(self, chunk: Chunk) -> dict[str, Any]:
        api = self._api
        if chunk.config is not None:
            return chunk.config
        if api is None:
            raise SimulationError("the chunk came without its config")
        return await self._until_answered(lambda: api.config(chunk.config_hash))

    async def _complete(self, chunk: Chunk, result: dict[str, Any], seconds: float) -> None:
        answer = await self._until_answered(
            lambda: self._sentinel.post(
                "/chunks/complete", {"chunkId": chunk.id, "attemptToken": chunk.token, "result": result}
            )
        )
        if not answer.get("success"):
            self._say(f"chunk {chunk.label}: too late, {answer.get('outcome', 'not taken')}")
            return
        self._done += 1
        last = ", the job's last" if answer.get("jobComplete") else ""
        self._say(
            f"chunk {chunk.label}: {chunk.iterations} iterations in {seconds:.2f} s{last}; {self._done} delivered"
        )

    async def _fail(self, chunk: Chunk, reason: str, *, handed_back: bool = False) -> None:
        self._say(f"chunk {chunk.label}: failed: {reason}")
        fields: dict[str, Any] = {"chunkId": chunk.id, "attemptToken": chunk.token, "error": reason[:4000]}
        if handed_back:
            # Not tried, so it costs none of the chunk's attempts.
            fields["handedBack"] = True
        # If it cannot be said, its lease will run out.
        with suppress(RefusedError, UnreachableError):
            await self._until_answered(lambda: self._sentinel.post("/chunks/fail", fields))

    async def _drop(self, chunk: Chunk) -> None:
        if chunk.task:
            await _end(chunk.task)

    async def _until_answered(self, call: Callable[[], Awaitable[T]]) -> T:
        """Try until there is an answer; once the node is stopping, for `PATIENCE` only.

        Raises:
            RefusedError: the answer is no.
            UnreachableError: the node is stopping, and there was none.
        """
        retry = RETRY_FIRST
        patience = PATIENCE
        while True:
            try:
                return await call()
            except UnreachableError:
                if patience <= 0:
                    raise
            pause = retry * random.uniform(0.8, 1.2)  # noqa: S311
            retry = min(retry * 2, RETRY_LAST)
            if self._stop.is_set():
                pause = min(pause, patience)
                patience -= pause
                await asyncio.sleep(pause)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stop.wait()

    def _greet(self, line: str) -> None:
        if line != self._greeted:
            self._greeted = line
            self._say(line)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@contextmanager
def _signals(heard: Callable[[], None]) -> Iterator[None]:
    """Call that at SIGINT and SIGTERM; afterwards they do what they do by default."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
