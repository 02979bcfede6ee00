"""The reference node: asks the sentinel for chunks, computes them in worker processes, hands in the results.

One thread does all the talking, so nothing it knows can change under it: deliver what is done, send a heartbeat when
one is due, start what the answer brings, wait for the next event. A result is kept until the sentinel has taken or
refused it.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from dbtools.errors import ConfigError
from dbtools.node import simulation
from dbtools.node.client import NodeKey, RefusedError, SentinelClient, UnreachableError

Say = Callable[[str], None]

# Seconds before the next attempt when the sentinel cannot be reached, doubled from the first to the last.
RETRY_FIRST, RETRY_LAST = 0.5, 30.0
# Seconds for which a stopping node goes on trying to deliver what it has computed.
PATIENCE = 30.0


@dataclass(frozen=True)
class NodeOptions:
    """How a node runs.

    Attributes:
        sentinel_url: the sentinel's base URL.
        config: the file that keeps the node's key; made on the first run.
        processes: how many chunks are computed at the same time; 0 stands for one per core.
        interval: seconds between two heartbeats, give or take a fifth; far below the time after which a chunk is stale.
        simulation: `module:function`, see `dbtools.node.simulation`.
        hostname: the name that the node registers with; empty stands for this machine's.
    """

    sentinel_url: str
    config: Path = Path("config.ini")
    processes: int = 0
    interval: float = 10.0
    simulation: str = simulation.DEFAULT
    hostname: str = ""


def run(options: NodeOptions, say: Say | None = None) -> None:
    """Compute chunks until SIGTERM or SIGINT, then finish those that are being computed and deliver them.

    A second signal ends the node at once. `say` gets the progress, line by line; by default it is printed.

    Raises:
        ConfigError: an option makes no sense, the key cannot be read or written, or the simulation is not there.
    """
    if options.interval <= 0 or options.processes < 0:
        raise ConfigError("the interval must be above zero, and the number of processes not below")
    simulation.load(options.simulation)
    key = NodeKey.load_or_make(options.config)
    say = say or (lambda line: print(line, flush=True))
    with SentinelClient(options.sentinel_url, key.private) as client:
        Node(options, client, say).run()


@dataclass
class _Task:
    """One chunk in this node's hands; `result` is None while it is computed."""

    chunk_id: str
    token: str
    iterations: int
    future: Future[tuple[simulation.Result, float]]
    result: simulation.Result | None = None
    seconds: float = 0.0


class Node:
    """A node's state and its loop."""

    def __init__(self, options: NodeOptions, client: SentinelClient, say: Say) -> None:
        self._options = options
        self._client = client
        self._say = say
        self._processes = options.processes or os.cpu_count() or 1
        self._pool = self._new_pool()
        self._tasks: dict[str, _Task] = {}
        # The attempts that failed here: not tried again, but left to become stale, so that another node may.
        self._failed: set[str] = set()
        # What wakes the loop: a task that ended, or None for a signal. SimpleQueue.put may be called by a signal
        # handler, which no lock-based event may.
        self._events: SimpleQueue[_Task | None] = SimpleQueue()
        self._stopping = False
        self._give_up_at = math.inf
        self._registered = False
        self._greeted = ""
        self._next_beat = 0.0
        self._retry_at = 0.0
        self._retry = RETRY_FIRST
        self._done = 0

    def run(self) -> None:
        """Work until a signal comes and the chunks in hand are delivered."""
        restore = self._hear_signals()
        try:
            while self._tasks or not self._stopping:
                if time.monotonic() >= self._retry_at:
                    self._talk()
                computing = any(task.result is None for task in self._tasks.values())
                if self._tasks and not computing and time.monotonic() > self._give_up_at:
                    self._say(f"giving up: {len(self._tasks)} results not delivered; others will compute them again")
                    break
                self._wait()
            if self._registered:
                with suppress(RefusedError, UnreachableError):
                    self._client.post("/nodes/heartbeat", {"status": "offline", "running": []})
        finally:
            self._pool.shutdown(cancel_futures=True)
            restore()
        self._say(f"node stopped, {self._done} chunks delivered")

    def _talk(self) -> None:
        try:
            if not self._registered:
                self._register()
            self._deliver()
            if time.monotonic() >= self._next_beat:
                self._beat()
        except UnreachableError as error:
            pause = self._retry * random.uniform(0.8, 1.2)  # noqa: S311
            self._say(f"{error.message}; again in {pause:.1f} s" + (f" ({error.hint})" if error.hint else ""))
            self._retry_at = time.monotonic() + pause
            self._retry = min(self._retry * 2, RETRY_LAST)
        else:
            self._retry = RETRY_FIRST

    def _register(self) -> None:
        about = {
            "hostname": self._options.hostname or socket.gethostname(),
            "totalCores": max(os.cpu_count() or 1, self._processes),
            "enabledCores": self._processes,
            "platform": f"{platform.system()} {platform.machine()}".strip().lower() or "unknown",
            "version": version("dbtools"),
        }
        try:
            answer = self._client.post("/nodes/register", about)
        except RefusedError as error:
            raise UnreachableError(f"not registered: {error.message}", error.hint) from error
        self._registered = True
        if not answer.get("claimed"):
            self._greet(f"waiting to be claimed; claim code: {answer.get('claimCode')}")

    def _beat(self) -> None:
        status = "offline" if self._stopping else "online"
        try:
            answer = self._client.post("/nodes/heartbeat", {"status": status, "running": list(self._tasks)})
        except RefusedError as error:
            if error.status != 404:
                raise UnreachableError(f"heartbeat refused: {error.message}", error.hint) from error
            # Not claimed yet; or forgotten, because nobody claimed it for long.
            self._registered = error.code != "node_unknown"
            answer = {}
        self._next_beat = time.monotonic() + self._options.interval * random.uniform(0.8, 1.2)  # noqa: S311
        if not answer:
            return
        self._greet(f"node {answer.get('name')} is online, {self._processes} at a time")
        if status == "online":
            for chunk in answer.get("chunks", []):
                self._start(chunk)

    def _start(self, chunk: dict[str, Any]) -> None:
        try:
            chunk_id, token = str(chunk["chunkId"]), str(chunk["attemptToken"])
            iterations, seed_offset = int(chunk["iterations"]), int(chunk["seedOffset"])
            config = dict(chunk["config"])
        except (KeyError, TypeError, ValueError) as error:
            raise UnreachableError(f"the sentinel sent a chunk that makes no sense: {error!r}") from error
        if token in self._failed:
            return
        if task := self._tasks.get(chunk_id):
            # The same chunk given to this node once more: the result will be the same, only the token is new.
            task.token = token
            return
        if chunk.get("rotation"):
            config["rotation"] = chunk["rotation"]
        arguments = (self._options.simulation, config, iterations, seed_offset)
        try:
            future = self._pool.submit(simulation.work, *arguments)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            future = self._pool.submit(simulation.work, *arguments)
        task = self._tasks[chunk_id] = _Task(chunk_id, token, iterations, future)
        future.add_done_callback(lambda _: self._events.put(task))

    def _wait(self) -> None:
        """Sleep until something ends, a signal comes, or it is time to talk."""
        wake = max(self._retry_at, self._next_beat)
        if any(task.result is not None for task in self._tasks.values()):
            wake = self._retry_at
        with suppress(Empty):
            self._take(self._events.get(timeout=max(0.0, wake - time.monotonic())))
            while True:
                self._take(self._events.get_nowait())

    def _take(self, task: _Task | None) -> None:
        if task is None:
            self._stop()
            return
        if task.future.cancelled():
            return
        try:
            task.result, task.seconds = task.future.result()
        except Exception as error:  # whatever a simulation may raise, or its process may die of
            self._fail(task, str(error).strip() or type(error).__name__)
        if self._stopping:
            self._give_up_at = time.monotonic() + PATIENCE

    def _stop(self) -> None:
        self._stopping = True
        waiting = [task for task in self._tasks.values() if task.future.cancel()]
        for task in waiting:
            del self._tasks[task.chunk_id]
        self._say(f"stopping: {len(self._tasks)} chunks to finish, {len(waiting)} left to others")
        # Says at once that nothing more is wanted.
        self._next_beat = self._retry_at = 0.0
        self._give_up_at = time.monotonic() + PATIENCE

    def _deliver(self) -> None:
        for task in [task for task in self._tasks.values() if task.result is not None]:
            fields = {"chunkId": task.chunk_id, "attemptToken": task.token, "result": task.result}
            try:
                answer = self._client.post("/chunks/complete", fields)
            except RefusedError as error:
                self._fail(task, f"{error.message} ({error.code})")
                continue
            except ValueError as error:
                self._fail(task, f"the simulation's result is no JSON: {error}")
                continue
            del self._tasks[task.chunk_id]
            # There is room again: ask for more at once.
            self._next_beat = 0.0
            if not answer.get("success"):
                self._say(f"chunk {task.chunk_id[:8]}: too late, {answer.get('outcome', 'not taken')}")
                continue
            self._done += 1
            last = ", the job's last" if answer.get("jobComplete") else ""
            self._say(
                f"chunk {task.chunk_id[:8]}: {task.iterations} iterations in {task.seconds:.2f} s{last}; "
                f"{self._done} delivered"
            )

    def _fail(self, task: _Task, reason: str) -> None:
        self._failed.add(task.token)
        self._tasks.pop(task.chunk_id, None)
        self._say(f"chunk {task.chunk_id[:8]}: failed: {reason}")

    def _greet(self, line: str) -> None:
        if line != self._greeted:
            self._greeted = line
            self._say(line)

    def _new_pool(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would copy this process's threads' locks and its connection to the sentinel.
        return ProcessPoolExecutor(
            self._processes, multiprocessing.get_context("spawn"), initializer=simulation.start_worker
        )

    def _hear_signals(self) -> Callable[[], None]:
        if threading.current_thread() is not threading.main_thread():
            return lambda: None

        def heard(*_: object) -> None:
            self._events.put(None)
            restore()  # the second one acts as if nobody listened

        numbers = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.signal(number, heard) for number in numbers}

        def restore() -> None:
            for number, handler in previous.items():
                signal.signal(number, handler)

        return restore
