"""One call for all that a node has to say: results and failures handed in, what runs, and new work."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from loop.signing import sign
from tests.loop.sentinel.programs import refusal, status, until

RESULT = {"meanDps": 10.5, "stdDps": 1.0, "minDps": 9.0, "maxDps": 12.0, "iterations": 1000}


def result(chunk: dict[str, Any]) -> dict[str, Any]:
    return {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"], "result": RESULT}


def failure(chunk: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"], "error": "no", **fields}


def work(node: Any, **fields: object) -> dict[str, Any]:
    answer = node.post("/nodes/work", fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_without_anything_to_hand_in_it_is_a_heartbeat(node: Any, database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    named = {"running": [chunk["chunkId"]], "attempts": [chunk["attemptToken"]]}
    ways: list[dict[str, Any]] = [{}, {"inputs": []}, named]
    for fields in ways:
        assert work(node, **fields) == {**node.beat(**fields), "results": [], "failures": []}


def test_results_and_failures_are_taken_in_one_call_and_new_work_comes_with_the_answer(
    node: Any, database: Any, sentinel: str
) -> None:
    first = database.submit(3000, baseDps=1)
    one, two, three = node.chunks(3)
    database.submit(2000, baseDps=2)
    node.chunks(4)
    answer = work(
        node,
        running=[],
        attempts=[chunk["attemptToken"] for chunk in node.beat()["chunks"]],
        wait=20,
        results=[result(one), result(two)],
        failures=[failure(three, handedBack=True)],
    )
    assert answer["results"] == [
        {"chunkId": chunk["chunkId"], "success": True, "jobComplete": False, "outcome": "accepted"}
        for chunk in (one, two)
    ]
    assert [(said["chunkId"], said["outcome"]) for said in answer["failures"]] == [(three["chunkId"], "accepted")]
    done = database.row("select completed_iterations from public.jobs where id = %s", first)
    assert done["completed_iterations"] == 2000
    metrics = httpx.get(sentinel + "/metrics").text
    assert "loop_chunks_completed_total 2.0" in metrics
    assert "loop_chunks_failed_total 1.0" in metrics


def test_the_answer_waits_for_new_work_with_the_results_written(node: Any, database: Any, sentinel: str) -> None:
    job = database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(work, node, wait=20, inputs=[], results=[result(chunk)])
        database.until("select from public.jobs where id = %s and status = 'completed'", job)
        until(lambda: status(sentinel)["waitingNodes"] == 1)
        assert not waiting.done()
        database.submit(1000, baseDps=2)
        answer = waiting.result()
    assert answer["results"][0]["jobComplete"] is True
    assert len(answer["chunks"]) == len(answer["configs"]) == 1


def test_one_bad_result_sinks_no_other_and_is_told_at_once(node: Any, database: Any) -> None:
    database.submit(2000, baseDps=1)
    good, odd = node.chunks(2)
    entries = [
        result(odd) | {"result": {}},
        result(good),
        result(odd) | {"attemptToken": str(uuid.uuid4())},
        result(odd) | {"chunkId": str(uuid.uuid4())},
    ]
    answer = work(node, wait=20, results=entries)
    assert [said["outcome"] for said in answer["results"]] == ["invalid", "accepted", "superseded", "invalid"]
    assert ["reason" in said for said in answer["results"]] == [True, False, False, True]
    assert [said["success"] for said in answer["results"]] == [False, True, False, False]


def test_what_is_handed_in_again_counts_once(node: Any, database: Any) -> None:
    job = database.submit(2000, baseDps=1)
    chunk, _ = node.chunks(2)
    outcomes = [
        [said["outcome"] for said in work(node, results=results)["results"]]
        for results in ([result(chunk)] * 2, [result(chunk)])
    ]
    assert outcomes == [["accepted", "already_done"], ["already_done"]]
    done = database.row("select completed_iterations from public.jobs where id = %s", job)
    assert done["completed_iterations"] == 1000


@pytest.mark.parametrize(
    "fields",
    [
        {"results": {}},
        {"results": [1]},
        {"results": [{"chunkId": "x", "result": RESULT}]},
        {"failures": [{"chunkId": str(uuid.UUID(int=1)), "error": "no token"}]},
        {"failures": "none"},
        {"status": "gone"},
        {"running": "all"},
    ],
    ids=str,
)
def test_of_a_call_that_makes_no_sense_nothing_is_written(node: Any, database: Any, fields: dict[str, Any]) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    sent = {"results": [result(chunk)], **fields}
    if isinstance(fields.get("results"), list):
        sent["results"] = [result(chunk), *fields["results"]]
    answer = node.post("/nodes/work", sent)
    assert refusal(answer)[0] == 400
    assert database.row("select status from public.jobs_chunks")["status"] == "running"


def test_a_node_hands_in_nothing_of_anothers(node: Any, new_node: Callable[[], Any], database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    stranger, other = new_node(), new_node()
    stranger.register()
    database.claim(other.register()["claimCode"])
    assert refusal(stranger.post("/nodes/work", {"results": [result(chunk)]})) == (404, "node_unknown")
    assert work(other, results=[result(chunk)])["results"][0]["outcome"] == "superseded"
    assert work(other, failures=[failure(chunk)])["failures"][0]["outcome"] == "superseded"
    assert database.row("select status from public.jobs_chunks")["status"] == "running"


def test_the_same_call_again_is_answered_as_before(node: Any, database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    content = json.dumps({"results": [result(chunk)]}).encode()
    headers = sign(node.key, "POST", "/nodes/work", content, int(time.time()))
    first, again = (httpx.post(node.url + "/nodes/work", content=content, headers=headers) for _ in range(2))
    assert first.json()["results"][0]["outcome"] == "accepted"
    assert again.content == first.content
