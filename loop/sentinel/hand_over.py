"""What was just assigned, as the answers to the heartbeats that wait for it: nobody has to ask the database again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop.sentinel.heartbeats import Beat

# Bytes of configs in one such answer; private.settings never allows less.
MOST_INPUTS = 65_536


@dataclass(frozen=True)
class Assigned:
    """A chunk that has just been assigned.

    Attributes:
        chunk: what a node is told of it, apart from its inputs.
        config: its config, as the database writes it; None if it is gone.
    """

    chunk: Mapping[str, Any]
    config: str | None


def answer_with(beat: Beat, known: str, assigned: Iterable[Assigned]) -> str | None:
    """The answer `known` with these chunks added; None if the node has to look for itself.

    It has to where it lacks a script, which only the database may read, or where its inputs would be too much at once.
    Configs are put in as text, digit for digit.
    """
    answer = json.loads(known)
    # What it holds besides was told as it stood when it asked; whether it still stands is not known here.
    if answer["chunks"] or answer["cancelled"]:
        return None
    chunks: list[str] = []
    configs: dict[str, str] = {}
    size = 0
    for one in assigned:
        rotation, hash_ = one.chunk["rotation"], one.chunk["configHash"]
        if one.config is None:
            return None
        if rotation and (beat.embed if beat.inputs is None else rotation["checksum"] not in beat.inputs):
            return None
        chunk = json.dumps(one.chunk)
        if beat.inputs is None:
            config = one.config if beat.embed else "null"
            size += len(config)
            chunk = f'{chunk[:-1]}, "config": {config}}}'
        elif hash_ not in beat.inputs and hash_ not in configs:
            configs[hash_] = one.config
            size += len(one.config)
        chunks.append(chunk)
    if size > MOST_INPUTS:
        return None
    if beat.inputs is not None:
        answer["scripts"] = {}
        answer.pop("configs")
    answer.pop("chunks")
    return "".join(
        (json.dumps(answer)[:-1], ', "chunks": [', ", ".join(chunks), "]", _configs(beat.inputs, configs), "}")
    )


def _configs(inputs: Sequence[str] | None, configs: Mapping[str, str]) -> str:
    if inputs is None:
        return ""
    return f', "configs": {{{", ".join(f"{json.dumps(hash_)}: {config}" for hash_, config in configs.items())}}}'
