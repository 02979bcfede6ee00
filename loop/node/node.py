"""A node's life: it works until a signal comes, then finishes what it has begun. All of it in one thread."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from loop.node.heartbeats import Heartbeats
from loop.node.work import Say, Work

# Seconds of its grace that a node keeps for idle programs to end in, and for its farewell.
_LAST_STEPS = 3.0


async def live(work: Work, heartbeats: Heartbeats, grace: float, say: Say) -> None:
    """Work until SIGINT or SIGTERM, then end within `grace` seconds; a second signal ends the node at once."""
    stop = asyncio.Event()
    with _signals(stop.set):
        beats = asyncio.create_task(heartbeats.run())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({beats, stopped}, return_when=asyncio.FIRST_COMPLETED)
    # From here on a signal ends the process, and its programs with it.
    stopped.cancel()
    await _end(beats)
    heartbeats.stopping = True
    beats = asyncio.create_task(heartbeats.run())
    try:
        await work.finish(max(grace - _LAST_STEPS, grace / 2))
    finally:
        await _end(beats)
    await heartbeats.farewell()
    say(f"node stopped, {work.delivered} chunks delivered")


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
