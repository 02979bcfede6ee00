"""Watches how much memory programs hold."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection

import psutil

# Seconds between two looks.
EVERY = 0.5


class MemoryWatch:
    """Tells when the descendants of a process hold more memory than they may.

    One look at the system's processes serves all that are watched, and nothing is looked at while nobody is.
    """

    def __init__(self) -> None:
        self._watched: dict[int, tuple[int, asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    async def exceeded(self, root: int, limit: int) -> None:
        """Wait until the descendants of that process hold more than so many bytes."""
        event = asyncio.Event()
        self._watched[root] = (limit, event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            await event.wait()
        finally:
            del self._watched[root]

    async def _look(self) -> None:
        while self._watched:
            held = await asyncio.to_thread(resident, tuple(self._watched))
            for root, (limit, event) in self._watched.items():
                if held.get(root, 0) > limit:
                    event.set()
            await asyncio.sleep(EVERY)


def resident(roots: Collection[int]) -> dict[int, int]:
    """Bytes of resident memory that the descendants of each of those processes hold; what is shared counts for each."""
    sizes: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for process in psutil.process_iter(["ppid", "memory_info"]):
        memory = process.info["memory_info"]
        sizes[process.pid] = memory.rss if memory else 0
        children[process.info["ppid"]].append(process.pid)
    held = {}
    for root in roots:
        found = list(children[root])
        for one in found:
            found += children[one]
        held[root] = sum(sizes[one] for one in found)
    return held
