"""Which member comes after which."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable

Key = tuple[str, int]


def ordered(members: Collection[Key], needs: Iterable[tuple[Key, Key]]) -> list[Key]:
    """The members, each after those that it needs; among the free ones the oldest first, as the original script did.

    Where members need each other in a circle, the oldest of it comes first.
    """
    waits: dict[Key, set[Key]] = {member: set() for member in members}
    frees: dict[Key, list[Key]] = defaultdict(list)
    for member, needed in needs:
        if member in waits and needed in waits and needed not in waits[member]:
            waits[member].add(needed)
            frees[needed].append(member)
    by_age = [(oid, name) for name, oid in members]
    free = [(oid, name) for oid, name in by_age if not waits[name, oid]]
    heapq.heapify(free)
    done: dict[Key, None] = {}
    while len(done) < len(waits):
        oid, name = heapq.heappop(free) if free else min(item for item in by_age if item[::-1] not in done)
        key = (name, oid)
        if key in done:
            continue
        done[key] = None
        for other in frees[key]:
            waits[other].discard(key)
            if not waits[other] and other not in done:
                heapq.heappush(free, (other[1], other[0]))
    return list(done)
