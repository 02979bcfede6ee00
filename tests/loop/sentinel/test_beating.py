"""Heartbeats of many nodes at a time: each has its own answer, and what the database promises of them stays true."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from loop.sentinel import heartbeats
from tests.loop.sentinel.programs import refusal

BEAT = {"status": "online"}


def test_strangers_that_come_with_others_are_refused_and_the_others_are_answered(
    node: Any, new_node: Callable[[], Any], database: Any
) -> None:
    unclaimed = new_node()
    unclaimed.register()
    callers = [node, new_node(), unclaimed] * 5
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda caller: caller.post("/nodes/heartbeat", BEAT), callers))
    for known, unknown, waiting in zip(*[iter(answers)] * 3, strict=True):
        assert known.status_code == 200
        assert refusal(unknown) == (404, "node_unknown")
        assert refusal(waiting) == (404, "node_unclaimed")


def test_a_second_process_that_comes_with_the_first_is_refused(node: Any) -> None:
    first, second = ({**BEAT, "session": f"00000000-0000-4000-8000-00000000000{number}"} for number in (1, 2))
    assert node.post("/nodes/heartbeat", first).status_code == 200
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda fields: node.post("/nodes/heartbeat", fields), [first, second] * 4))
    assert {answer.status_code for answer in answers[::2]} == {200}
    assert {refusal(answer) for answer in answers[1::2]} == {(409, "node_runs_elsewhere")}


def test_too_many_heartbeats_are_refused_though_few_are_written(node: Any, database: Any) -> None:
    database.change("update private.settings set heartbeats_per_minute = 60")
    taken, began = 0, time.monotonic()
    while (answer := node.post("/nodes/heartbeat", BEAT)).status_code == 200:
        taken += 1
        assert taken <= 60 + 2 + time.monotonic() - began
    assert taken >= 58
    assert refusal(answer) == (429, "too_many_heartbeats")
    assert answer.headers["Retry-After"]


def test_a_node_that_names_more_chunks_than_most_is_answered_alike(
    node: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_MANY", 1)
    database.submit(2000, baseDps=1)
    chunks = node.chunks(2)
    assert node.beat(running=[chunk["chunkId"].upper() for chunk in chunks])["cancelled"] == []
    monkeypatch.undo()
    assert node.beat(running=[chunk["chunkId"].upper() for chunk in chunks])["cancelled"] == []


def test_a_database_that_is_about_to_be_upgraded_answers_one_by_one(node: Any, database: Any) -> None:
    database.change("drop function public.node_heartbeats(jsonb)")
    assert node.beat()["status"] == "online"
    assert refusal(node.post("/nodes/heartbeat", {"status": "gone"})) == (400, "status_unknown")
