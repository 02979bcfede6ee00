"""New work for the nodes whose reports have just made room, at once and without a pass.

While one assignment is on its way, the nodes that report gather for the next one; nothing waits for a clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loop.sentinel.assignments import BATCH, Assignments
from loop.sentinel.leadership import Leadership
from loop.sentinel.metrics import Metrics

# Nodes that are filled one by one. More of them are cheaper to fill with all others, by pairing, which costs about as
# much for one as for a thousand.
FEW = 64
# Seconds that it may take.
PATIENCE = 12.0


class Refill:
    """The nodes with room, as long as this sentinel leads.

    Attributes:
        ask: asks for a pass of whoever leads.

    Args:
        assignments: assigns.
        leadership: who leads. Only the leader assigns; another one says in the database that there is room.
        metrics: where they are counted.
        ask: asks for a pass of whoever leads.
    """

    def __init__(
        self, assignments: Assignments, leadership: Leadership, metrics: Metrics, ask: Callable[[], Awaitable[None]]
    ) -> None:
        self._assignments = assignments
        self._leadership = leadership
        self._metrics = metrics
        self.ask = ask
        # With each, for how many chunks it has room at the least.
        self._nodes: dict[str, int] = {}
        self._some = asyncio.Event()
        # Since the latest step, after which there may be a pause.
        self._failed = False

    @property
    def works(self) -> bool:
        """Whether this sentinel assigns, so that nobody has to be told of the room."""
        return self._leadership.leading and not self._failed

    def node(self, key: str, room: int) -> None:
        """A report has made room for so many chunks on the node with this public key."""
        self._nodes[key] = self._nodes.get(key, 0) + room
        self._some.set()

    async def step(self) -> None:
        """Wait for a node with room, and give to all that have some by then."""
        self._failed = False
        await self._some.wait()
        nodes, self._nodes = self._nodes, {}
        self._some.clear()
        try:
            await self._give(nodes)
        except Exception:
            self._failed = True
            await self.ask()
            raise

    async def _give(self, nodes: dict[str, int]) -> None:
        if not self._leadership.leading:
            await self.ask()
            return
        limit = min(sum(nodes.values()), BATCH)
        async with asyncio.timeout(PATIENCE):
            if len(nodes) <= FEW:
                given = await self._assignments.to_nodes(list(nodes))
            else:
                given = await self._assignments.to_all(limit)
        self._metrics.assigned(given.chunks)
        if len(nodes) <= FEW:
            if given.more:
                await self.ask()
        elif given.more and given.chunks >= limit:
            # Others had room as well. If not, nothing that waits may run on these.
            for key, room in nodes.items():
                if room > given.by_node.get(key, 0):
                    self.node(key, room - given.by_node.get(key, 0))
