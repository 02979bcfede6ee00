"""Heartbeats that wait for work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from loop.sentinel.hand_over import Assigned, answer_with
from loop.sentinel.heartbeats import Beat


class Place:
    """Where one heartbeat waits.

    Attributes:
        called: set when it is worth looking whether something is assigned to the node.
        answer: the whole answer, if the scheduler could write it.
    """

    def __init__(self, beat: Beat) -> None:
        self.called = asyncio.Event()
        self.answer: str | None = None
        self._beat = beat
        self._known: str | None = None

    def look(self) -> None:
        """What is assigned from now on may be missing in the answer that is being asked for, so it calls."""
        self._known = None
        self.called.clear()

    def wait(self, known: str) -> None:
        """The node knows what stands in this answer; what is assigned from now on is added to it."""
        self._known = known

    def hand(self, assigned: Iterable[Assigned]) -> None:
        """These were assigned to the node."""
        if self._known is not None and self.answer is None:
            self.answer = answer_with(self._beat, self._known, assigned)
        self.called.set()


class Waiting:
    """The nodes, by public key, whose heartbeats are held open until something is assigned to them.

    Attributes:
        closed: whether the sentinel stops, so that nobody is to wait any more.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, set[Place]] = {}
        self.closed = False

    def __len__(self) -> int:
        return len(self._nodes)

    @contextmanager
    def node(self, beat: Beat) -> Iterator[Place]:
        """Where this heartbeat waits; enter before the first look, or an assignment slips between."""
        place = Place(beat)
        if self.closed:
            place.called.set()
        places = self._nodes.setdefault(beat.key, set())
        places.add(place)
        try:
            yield place
        finally:
            places.discard(place)
            if not places:
                self._nodes.pop(beat.key, None)

    def hand(self, assigned: Mapping[str, Iterable[Assigned]]) -> None:
        """These chunks were assigned to these nodes."""
        for key, chunks in assigned.items():
            for place in self._nodes.get(key, ()):
                place.hand(chunks)

    def wake(self, keys: Iterable[str]) -> None:
        """Something was assigned to these nodes."""
        for key in keys:
            for place in self._nodes.get(key, ()):
                place.called.set()

    def wake_all(self) -> None:
        """Notifications may have been lost: everybody looks."""
        self.wake(list(self._nodes))

    def close(self) -> None:
        """Nobody waits any more: the sentinel stops."""
        self.closed = True
        self.wake_all()
