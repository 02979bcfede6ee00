"""Requests without a signature, while not every node signs yet: taken or refused, and counted by node either way."""

from __future__ import annotations

import logging
import time
from enum import StrEnum

from loop.errors import ConfigError
from loop.signing import SignatureError

log = logging.getLogger(__name__)

# Nodes that are counted one by one; what names further ones counts under OTHERS, so that nobody can fill the memory.
_MOST = 10_000
OTHERS = "others"
# What names no node: a completion can still be placed, by who holds its chunk.
NAMELESS = "nameless"


class Policy(StrEnum):
    """What becomes of a request without a signature."""

    ACCEPT = "accept"
    WARN = "warn"
    REFUSE = "refuse"


def policy(text: str) -> Policy:
    """The policy of that name.

    Raises:
        ConfigError: there is none.
    """
    try:
        return Policy(text)
    except ValueError:
        raise ConfigError(f"--unsigned cannot be {text!r}", hint=f"one of {', '.join(Policy)}") from None


class Unsigned:
    """The policy, and how much still arrives unsigned, from whom, and when last (Unix seconds)."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.nodes: dict[str, tuple[int, float]] = {}

    def admit(self, key: str | None, path: str) -> None:
        """Count a request, and let it pass or not; `key` is the one that it names without proof.

        Raises:
            SignatureError: unsigned requests are refused.
        """
        name = key or NAMELESS
        if name not in self.nodes and len(self.nodes) >= _MOST:
            name = OTHERS
        count, _ = self.nodes.get(name, (0, 0.0))
        self.nodes[name] = (count + 1, time.time())
        if self.policy is Policy.REFUSE:
            raise SignatureError(f"no signature (node {name})")
        # Each node is named once, then with every hundredth request.
        if self.policy is Policy.WARN and count % 100 == 0:
            log.warning("unsigned: %s from node %s (%d so far)", path, name, count + 1)

    def as_dict(self) -> dict[str, object]:
        """For /status."""
        return {
            "policy": self.policy.value,
            "requests": sum(count for count, _ in self.nodes.values()),
            "nodes": {name: {"requests": count, "lastSeen": last} for name, (count, last) in self.nodes.items()},
        }
