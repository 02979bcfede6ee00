"""A node computes what the job was submitted with, from inputs that come once, or says that it cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from loop.errors import ConfigError
from loop.node import session
from loop.node.inputs import MOST, Inputs, check
from loop.node.program import SimulationError

SCRIPT = "cast()"
CHECKSUM = hashlib.sha256(SCRIPT.encode()).hexdigest()
ROTATION = {"id": "r", "version": 1, "checksum": CHECKSUM}


def answer(number: int, **inputs: Any) -> dict[str, Any]:
    return {"chunks": [{"chunkId": str(number), "configHash": f"hash {number}", "rotation": None}], **inputs}


def test_inputs_that_came_once_are_in_every_chunk_that_needs_them() -> None:
    inputs = Inputs()
    given = {"chunkId": "1", "configHash": "h", "rotation": ROTATION}
    first = inputs.fill({"chunks": [given, given], "configs": {"h": {"a": 1}}, "scripts": {CHECKSUM: SCRIPT}})
    later = inputs.fill({"chunks": [given], "configs": {}, "scripts": {}})
    assert [*first, *later] == [{**given, "config": {"a": 1}, "rotation": {**ROTATION, "script": SCRIPT}}] * 3
    assert set(inputs.known) == {"h", CHECKSUM}


def test_of_more_inputs_than_are_kept_those_used_last_stay() -> None:
    inputs = Inputs()
    for number in range(MOST):
        inputs.fill(answer(number, configs={f"hash {number}": {}}))
    inputs.fill(answer(0))
    inputs.fill(answer(MOST, configs={f"hash {MOST}": {}}))
    assert len(inputs.known) == MOST
    assert {"hash 0", f"hash {MOST}"} <= set(inputs.known)
    assert "hash 1" not in inputs.known


def test_an_older_sentinel_sends_them_in_the_chunks() -> None:
    given = {"chunkId": "1", "configHash": "h", "config": {"a": 1}, "rotation": {"id": "r", "script": SCRIPT}}
    assert Inputs().fill({"chunks": [given]}) == [given]


@pytest.mark.parametrize(
    ("config", "engine", "problem"),
    [
        ({}, "", None),
        ({"rotationId": None}, "", None),
        ({"rotationId": "r", "rotation": {**ROTATION, "script": SCRIPT}}, "", None),
        ({"rotationId": "r", "rotation": {"id": "r", "script": SCRIPT}}, "", None),
        ({"rotationId": "r"}, "", "without the script"),
        ({"rotationId": "r", "rotation": ROTATION}, "", "without the script"),
        ({"rotationId": "r", "rotation": {**ROTATION, "script": "cast(2)"}}, "", "not the one"),
        ({"engineVersion": "7.1"}, "7.1", None),
        ({"engineVersion": "7.1"}, "7.2", "has 7.2"),
        ({"engineVersion": "7.1"}, "", "does not know"),
    ],
)
def test_a_node_says_that_it_cannot_compute_something_else(
    config: dict[str, Any], engine: str, problem: str | None
) -> None:
    if problem is None:
        check(config, engine)
        return
    with pytest.raises(SimulationError, match=problem):
        check(config, engine)


def test_one_process_has_a_key_and_the_next_one_is_the_same_node(tmp_path: Path) -> None:
    file, copy = tmp_path / "config.ini", tmp_path / "copy.ini"
    file.write_text("x")
    copy.write_text("x")
    with session.only(file) as first:
        with pytest.raises(ConfigError, match="another node runs with"), session.only(file):
            pass
        with session.only(copy) as other:
            assert other != first
    with session.only(file) as again:
        assert again == first
