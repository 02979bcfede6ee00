"""The nodes' calls over real HTTP and a real database: registering, heartbeats, completing."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from loop.signing import claim_code
from tests.loop.sentinel.programs import refusal

RESULT = {"meanDps": 10.5, "stdDps": 1.0, "minDps": 9.0, "maxDps": 12.0, "iterations": 1000}


# Registering and reporting


def test_registering_twice_gives_the_same_node(new_node: Callable[[], Any]) -> None:
    node = new_node()
    first = node.register()
    assert set(first) == {"id", "claimCode", "claimed"}
    assert first["claimed"] is False
    assert first["claimCode"] == claim_code(base64.b64decode(node.public))
    assert node.register() == first


def test_an_unknown_node_is_told_to_register(new_node: Callable[[], Any]) -> None:
    assert refusal(new_node().post("/nodes/heartbeat", {"status": "online"})) == (404, "node_unknown")
    complete = {"chunkId": str(uuid.uuid4()), "result": RESULT}
    assert refusal(new_node().post("/chunks/complete", complete)) == (404, "node_unknown")


def test_an_unclaimed_node_is_told_so(new_node: Callable[[], Any]) -> None:
    node = new_node()
    node.register()
    assert refusal(node.post("/nodes/heartbeat", {"status": "online"})) == (404, "node_unclaimed")


def test_a_heartbeat_of_a_claimed_node(node: Any, database: Any) -> None:
    answer = node.beat()
    assert set(answer) == {"id", "name", "maxParallel", "status", "chunks", "cancelled"}
    assert (answer["name"], answer["status"], answer["chunks"]) == ("mine", "online", [])
    seen = database.row("select status, last_seen_at > now() - interval '1 minute' as now from public.nodes")
    assert seen == {"status": "online", "now": True}


def test_a_heartbeat_brings_chunks_with_all_that_computing_them_takes(node: Any, database: Any) -> None:
    rotation = database.as_user(
        "insert into public.rotations (user_id, slug, name, script, spec_id)"
        " values (auth.uid(), 'r', 'R', 'cast fireball', 1) returning id"
    )
    config = {"baseDps": 1200.25, "rotationId": str(rotation)}
    database.submit(1500, **config)
    chunks = node.chunks(2)
    assert [(c["iterations"], c["seedOffset"]) for c in chunks] == [(1000, 0), (500, 1000)]
    for chunk in chunks:
        assert set(chunk) == {
            *("chunkId", "attemptToken", "iterations", "seedOffset", "configHash", "config", "rotation")
        }
        assert chunk["config"] == config
        checksum = hashlib.sha256(b"cast fireball").hexdigest()
        rotated = {"id": str(rotation), "version": 1, "checksum": checksum, "script": "cast fireball"}
        assert chunk["rotation"] == rotated
    # Until they are completed they are told again, so that a node which lost its memory goes on.
    assert node.chunks(2) == chunks


def test_a_config_without_rotation_has_none(node: Any, database: Any) -> None:
    database.submit(1000, baseDps=1)
    assert [chunk["rotation"] for chunk in node.chunks(1)] == [None]


def test_a_config_reaches_the_node_digit_for_digit(node: Any, database: Any) -> None:
    database.as_user("select public.create_job('{\"x\": 0.12345678901234567890123}', 1000)")
    node.chunks(1)
    assert '"x": 0.12345678901234567890123' in node.post("/nodes/heartbeat", {"status": "online"}).text


def test_a_node_that_goes_offline_is_given_nothing(node: Any, database: Any) -> None:
    node.beat()
    answer = node.beat(status="offline")
    assert answer["status"] == "offline"
    database.submit(1000, baseDps=1)
    assert node.beat(status="offline")["chunks"] == []


def test_running_chunks_that_a_node_names_stay_fresh(node: Any, database: Any) -> None:
    database.submit(2000, baseDps=1)
    first, second = node.chunks(2)
    database.let_leases_run_out()
    node.beat(running=[first["chunkId"]])
    fresh = database.rows("select id::text from public.jobs_chunks where lease_expires_at > now()")
    assert [row["id"] for row in fresh] == [first["chunkId"]] != [second["chunkId"]]


# Completing


def completion(chunk: dict[str, Any], *, token: bool = True) -> dict[str, Any]:
    fields = {"chunkId": chunk["chunkId"], "result": RESULT | {"iterations": chunk["iterations"]}}
    return fields | ({"attemptToken": chunk["attemptToken"]} if token else {})


@pytest.mark.parametrize("token", [True, False], ids=["with token", "as existing nodes do"])
def test_the_last_chunk_completes_the_job(node: Any, database: Any, token: bool) -> None:
    job = database.submit(1500, baseDps=1)
    first, last = node.chunks(2)
    answers = [node.post("/chunks/complete", completion(chunk, token=token)).json() for chunk in (first, last)]
    assert answers == [
        {"success": True, "jobComplete": False, "outcome": "accepted"},
        {"success": True, "jobComplete": True, "outcome": "accepted"},
    ]
    done = database.row("select status, completed_iterations from public.jobs where id = %s", job)
    assert done == {"status": "completed", "completed_iterations": 1500}


def test_a_repeated_completion_succeeds_and_counts_once(node: Any, database: Any) -> None:
    job = database.submit(2000, baseDps=1)
    chunk, _ = node.chunks(2)
    node.post("/chunks/complete", completion(chunk))
    again = node.post("/chunks/complete", completion(chunk))
    assert again.status_code == 200
    assert again.json()["success"] is True
    assert again.json()["outcome"] == "already_done"
    done = database.row("select completed_iterations from public.jobs where id = %s", job)
    assert done["completed_iterations"] == 1000


def test_a_result_under_an_old_token_comes_too_late(node: Any, database: Any) -> None:
    database.submit(1000, baseDps=1)
    [old] = node.chunks(1)
    database.let_leases_run_out()
    database.row("select public.reap_stale_chunks()")
    [new] = node.chunks(1)
    assert new["chunkId"] == old["chunkId"]
    assert new["attemptToken"] != old["attemptToken"]
    late = node.post("/chunks/complete", completion(old))
    assert late.status_code == 200
    assert late.json() == {"success": False, "jobComplete": False, "outcome": "superseded"}
    assert node.post("/chunks/complete", completion(new)).json()["jobComplete"] is True


def test_a_node_cannot_complete_the_chunk_of_another(node: Any, new_node: Callable[[], Any], database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    other = new_node()
    database.claim(other.register()["claimCode"])
    for extra in ({}, {"nodeId": node.beat()["id"]}, {"attemptToken": str(uuid.uuid4())}):
        answer = other.post("/chunks/complete", completion(chunk, token=False) | extra)
        assert answer.json() == {"success": False, "jobComplete": False, "outcome": "superseded"}
    assert database.row("select status from public.jobs_chunks")["status"] == "running"


def test_a_node_without_owner_completes_nothing(node: Any, new_node: Callable[[], Any], database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    stranger = new_node()
    stranger.register()
    assert refusal(stranger.post("/chunks/complete", completion(chunk))) == (404, "node_unknown")
    assert database.row("select status from public.jobs_chunks")["status"] == "running"


def test_an_unknown_chunk_or_a_bad_result_is_refused_with_its_reason(node: Any, database: Any) -> None:
    unknown = node.post("/chunks/complete", {"chunkId": str(uuid.uuid4()), "result": RESULT})
    assert refusal(unknown) == (400, "invalid_result")
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    for result in ({}, {"meanDps": 1}):
        assert refusal(node.post("/chunks/complete", completion(chunk) | {"result": result})) == (400, "invalid_result")
    assert database.row("select status from public.jobs_chunks")["status"] == "running"
