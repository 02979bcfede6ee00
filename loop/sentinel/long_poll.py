"""Heartbeats that wait for work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Waiting:
    """The nodes, by public key, whose heartbeats are held open until something is assigned to them.

    Attributes:
        closed: whether the sentinel stops, so that nobody is to wait any more.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, set[asyncio.Event]] = {}
        self.closed = False

    def __len__(self) -> int:
        return len(self._nodes)

    @contextmanager
    def node(self, key: str) -> Iterator[asyncio.Event]:
        """What is set when it is worth looking whether something is assigned to this node.

        Enter before the first look, and clear it before each further one, or an assignment slips between.
        """
        event = asyncio.Event()
        if self.closed:
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
        self.closed = True
        self.wake_all()
