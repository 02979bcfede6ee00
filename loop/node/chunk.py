"""A chunk in a node's hands, and the inputs that chunks share."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from loop.node.process import SimulationError

T = TypeVar("T")

# How many configs a node keeps, and how many scripts.
KEPT = 32


@dataclass
class Chunk:
    """One chunk in this node's hands.

    Attributes:
        token: the attempt's; it changes when the same chunk is given to this node once more.
        config: None until it is fetched, if it does not come along.
        rotation: what is known of the rotation that the job was submitted with: `id`, `script`, and, where the job
            pins it, `version` and `checksum`. None if the sentinel says nothing of any.
        state: waiting for a program, computing, or computed.
    """

    id: str
    token: str
    iterations: int
    seed_offset: int
    config_hash: str
    config: dict[str, Any] | None
    rotation: dict[str, Any] | None
    state: str = "waiting"
    task: asyncio.Task[None] | None = None

    @property
    def label(self) -> str:
        """Enough of its id for a person; the ids of one job's chunks differ at the end only."""
        return f"{self.id[:8]}…{self.id[-4:]}"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Chunk:
        """From a heartbeat's answer.

        Raises:
            KeyError, TypeError, ValueError: it makes no sense.
        """
        return cls(
            id=str(given["chunkId"]),
            token=str(given["attemptToken"]),
            iterations=int(given["iterations"]),
            seed_offset=int(given["seedOffset"]),
            config_hash=str(given["configHash"]),
            config=None if given.get("config") is None else dict(given["config"]),
            rotation=None if given.get("rotation") is None else dict(given["rotation"]),
        )


class Inputs:
    """Configs by their hash and scripts by their checksum, as they come beside the chunks that share them."""

    def __init__(self) -> None:
        self._configs: dict[str, dict[str, Any]] = {}
        self._scripts: dict[str, str] = {}

    def names(self) -> list[str]:
        """The hashes of all that is here."""
        return [*self._configs, *self._scripts]

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Take over what a heartbeat's answer has under `configs` and `scripts`."""
        for known, news in ((self._configs, answer.get("configs")), (self._scripts, answer.get("scripts"))):
            for name, text in (news or {}).items():
                known[name] = text

    def complete(self, chunk: Chunk) -> bool:
        """Give a chunk its config and script; whether both are there. What is used stays longest."""
        if chunk.config is None and (config := _used(self._configs, chunk.config_hash)) is not None:
            chunk.config = dict(config)
        rotation = chunk.rotation
        if rotation is None or "script" in rotation:
            return chunk.config is not None
        script = _used(self._scripts, str(rotation.get("checksum")))
        if script is not None:
            chunk.rotation = {**rotation, "script": script}
        return chunk.config is not None and script is not None

    def trim(self) -> None:
        """Forget what has not been used for longest."""
        for known in (self._configs, self._scripts):
            while len(known) > KEPT:
                known.pop(next(iter(known)))


def _used(known: dict[str, T], name: str) -> T | None:
    if name not in known:
        return None
    known[name] = text = known.pop(name)
    return text


def check_rotation(rotation: Mapping[str, Any]) -> None:
    """See that a rotation is what its job was submitted with, where the sentinel says what that was.

    Raises:
        SimulationError: it is another one by now, or has no script.
    """
    script, checksum = rotation.get("script"), rotation.get("checksum")
    if not isinstance(script, str):
        raise SimulationError(f"the rotation {rotation.get('id')} came without its script")
    if checksum is not None and hashlib.sha256(script.encode(errors="surrogatepass")).hexdigest() != checksum:
        version = rotation.get("version")
        raise SimulationError(
            f"the script of rotation {rotation.get('id')} is not the one that the job was submitted with"
            + (f", version {version}" if version is not None else "")
        )
