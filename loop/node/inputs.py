"""What chunks are computed from: configs and scripts, which many chunks share and which come once, by their hashes."""

from __future__ import annotations

import hashlib
from typing import Any

from loop.node.program import SimulationError

# So many are kept, those that chunks have used last; the sentinel is told which, and leaves them out.
MOST = 64


class Inputs:
    """The configs and scripts that this node has, by their hashes."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    @property
    def known(self) -> list[str]:
        """Their hashes, for the sentinel."""
        return list(self._known)

    def fill(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        """The chunks of a heartbeat's answer, each with its `config` and its `rotation.script` where they are known.

        An older sentinel puts them into the chunks itself.
        """
        self._known |= {**answer.get("configs", {}), **answer.get("scripts", {})}
        chunks = [self._filled(given) for given in answer.get("chunks", [])]
        while len(self._known) > MOST:
            self._known.pop(next(iter(self._known)))
        return chunks

    def _filled(self, given: dict[str, Any]) -> dict[str, Any]:
        filled = dict(given)
        if filled.get("config") is None:
            filled["config"] = self._use(filled.get("configHash"))
        rotation = filled.get("rotation")
        if isinstance(rotation, dict) and "script" not in rotation:
            script = self._use(rotation.get("checksum"))
            filled["rotation"] = rotation if script is None else {**rotation, "script": script}
        return filled

    def _use(self, hash_: Any) -> Any:
        """One of them, which becomes the last to go."""
        if hash_ not in self._known:
            return None
        self._known[hash_] = self._known.pop(hash_)
        return self._known[hash_]


def check(config: dict[str, Any], engine: str) -> None:
    """See that this is what the job was submitted with, and that this node can compute it.

    Raises:
        SimulationError: the script is missing or another one, or the job names another version of the engine.
    """
    wanted = config.get("engineVersion")
    if wanted is not None and wanted != engine:
        have = f"has {engine}" if engine else "does not know its own (--engine-version)"
        raise SimulationError(f"the job is for engine version {wanted}, and this node {have}")
    if config.get("rotationId") is None:
        return
    rotation = config.get("rotation") or {}
    script = rotation.get("script")
    if not isinstance(script, str):
        raise SimulationError("the chunk came without the script of its rotation")
    checksum = rotation.get("checksum")
    if checksum is not None and hashlib.sha256(script.encode()).hexdigest() != checksum:
        raise SimulationError("the script is not the one that the job was submitted with")
