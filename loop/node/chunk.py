"""A chunk in a node's hands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any


@dataclass
class Chunk:
    """One chunk in this node's hands.

    Attributes:
        token: the attempt's; it changes when the same chunk is given to this node once more.
        config: null until it is fetched, if it does not come along.
        state: waiting for a program, computing, or computed.
    """

    id: str
    token: str
    iterations: int
    seed_offset: int
    config_hash: str
    config: dict[str, Any] | None
    state: str = "waiting"
    task: asyncio.Task[None] | None = None

    @property
    def label(self) -> str:
        """Enough of its id for a person; the ids of one job's chunks differ at the end only."""
        return f"{self.id[:8]}…{self.id[-4:]}"

    @classmethod
    def read(cls, given: dict[str, Any]) -> Chunk:
        """From a heartbeat's answer.

        Raises:
            KeyError, TypeError, ValueError: it makes no sense.
        """
        config = None if given.get("config") is None else dict(given["config"])
        if config is not None and given.get("rotation"):
            config["rotation"] = given["rotation"]
        return cls(
            id=str(given["chunkId"]),
            token=str(given["attemptToken"]),
            iterations=int(given["iterations"]),
            seed_offset=int(given["seedOffset"]),
            config_hash=str(given["configHash"]),
            config=config,
        )
