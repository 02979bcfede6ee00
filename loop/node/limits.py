"""How long a chunk may be computed, and with how much memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loop.node.process import SimulationError

# What a job's config calls its own limits, and their names in it.
KEY, TIMEOUT, MEMORY = "chunkLimits", "timeoutSeconds", "memoryMb"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The limits on one chunk.

    Attributes:
        seconds: how long it may take; infinite for no limit.
        memory: bytes of resident memory that the program and all that it started may hold; 0 for no limit.
    """

    seconds: float = math.inf
    memory: int = 0

    def of(self, config: Mapping[str, Any]) -> Limits:
        """These, or what the config asks for under `chunkLimits` where that is less.

        Raises:
            SimulationError: what it asks for makes no sense.
        """
        asked = config.get(KEY)
        if asked is None:
            return self
        if not isinstance(asked, dict):
            raise SimulationError(f'{KEY} must be an object like {{"{TIMEOUT}": 60, "{MEMORY}": 500}}')
        memory = int(_number(asked, MEMORY, 0) * MEGABYTE)
        return Limits(
            min(self.seconds, _number(asked, TIMEOUT, math.inf)),
            min(self.memory, memory) if self.memory and memory else self.memory or memory,
        )


def _number(asked: Mapping[str, Any], name: str, default: float) -> float:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1e9:
        raise SimulationError(f"{KEY}.{name} must be a number above zero")
    return float(value)
