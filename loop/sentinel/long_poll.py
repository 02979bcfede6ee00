"""Heartbeats that wait for work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Waiting:
    """The nodes, by public key, whose heartbeats are held open until something is assigned to them."""

    def __init__(self) -> None:
        self._nodes: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._nodes)

    @contextmanager
    def node(self, key: str) -> Iterator[asyncio.Event]:
        """What is set when something is assigned to this node; enter before looking, or an assignment slips between."""
        event = asyncio.Event()
        if self._closed:
            event.set()
        events = self._nodes.setdefault(key, set())
        events.add(event)
        try:
            yield event
        finally:
            events.discard(event)
            if not events:
                self._nodes.pop(key, None)

    def wake(self, keys: Iterable[str]) -> None:
        """Something was assigned to these nodes."""
        for key in keys:
            for event in self._nodes.get(key, ()):
                event.set()

    def wake_all(self) -> None:
        """Notifications may have been lost: everybody looks."""
        self.wake(list(self._nodes))

    def close(self) -> None:
        """Nobody waits any more: the sentinel stops."""
        self._closed = True
        self.wake_all()
