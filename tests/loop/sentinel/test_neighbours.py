"""What one node may not do to another, over HTTP: two processes with one key, answers without end, too many calls."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

SCRIPT = hashlib.sha256(b"cast()").hexdigest()


def rotation(database: Any) -> str:
    return str(
        database.as_user(
            "insert into public.rotations (user_id, slug, name, script, spec_id)"
            " values (auth.uid(), 'r', 'R', 'cast()', 1) returning id"
        )
    )


def test_configs_and_scripts_come_once_and_only_if_the_node_lacks_them(node: Any, database: Any) -> None:
    database.submit(3000, rotationId=rotation(database))
    node.chunks(3)
    answer = node.beat(inputs=[])
    [(config_hash, config)] = answer["configs"].items()
    assert answer["scripts"] == {SCRIPT: "cast()"}
    assert [(chunk["configHash"], chunk["rotation"]["checksum"]) for chunk in answer["chunks"]] == [
        (config_hash, SCRIPT)
    ] * 3
    again = node.beat(inputs=[config_hash, SCRIPT])
    assert (len(again["chunks"]), again["configs"], again["scripts"]) == (3, {}, {})
    assert config["rotationId"]


def test_what_is_no_list_of_hashes_is_refused(node: Any) -> None:
    for wrong in ("x", [1], ["A" * 64], ["a" * 63], [None]):
        answer = node.post("/nodes/heartbeat", {"inputs": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_field")


def test_many_large_inputs_fail_nobodys_heartbeat_and_all_come(node: Any, database: Any) -> None:
    """An older node's answer holds them in each chunk; the rest waits for the next answer."""
    database.change("update private.settings set max_config_bytes = 1000000, max_answer_bytes = 65536")
    for number in range(4):
        database.submit(1000, number=number, filling="x" * 200_000)
    node.beat()
    database.until("select 1 from public.jobs_chunks where status = 'running' having count(*) = 4")
    attempts: list[str] = []
    for count in range(1, 5):
        answer = node.beat(attempts=attempts)
        fresh = [chunk for chunk in answer["chunks"] if chunk["attemptToken"] not in attempts]
        assert [len(chunk["config"]["filling"]) for chunk in fresh] == [200_000]
        attempts.append(fresh[0]["attemptToken"])
        assert len(attempts) == count


def test_a_node_can_name_all_that_it_may_hold(node: Any) -> None:
    named = [str(uuid.uuid4()) for _ in range(4096)]
    answer = node.beat(running=named, attempts=named)
    assert set(answer["cancelled"]) == set(named)


def test_the_second_process_with_a_key_is_told_and_gets_nothing(node: Any, database: Any) -> None:
    first, second = (str(uuid.uuid4()) for _ in range(2))
    node.beat(session=first)
    database.submit(1000, baseDps=1)
    answer = node.post("/nodes/heartbeat", {"session": second})
    assert (answer.status_code, answer.json()["code"]) == (409, "node_runs_elsewhere")
    assert answer.json()["hint"]
    node.beat(session=first, status="offline")
    assert node.beat(session=second)["status"] == "online"


def test_too_many_calls_are_answered_with_the_seconds_to_wait(
    node: Any, new_node: Callable[[], Any], database: Any
) -> None:
    database.change(
        "update private.settings set heartbeats_per_minute = 2, new_nodes_per_address_per_hour = 1, "
        "registrations_per_minute = 1000"
    )
    node.beat()
    node.beat()
    answer = node.post("/nodes/heartbeat", {"status": "online"})
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (
        429,
        "too_many_heartbeats",
        "30",
    )
    assert set(answer.json()) == {"code", "message", "hint"}
    # The node's own registration was the first from this address.
    late = new_node().post("/nodes/register", json.loads(ABOUT))
    assert (late.status_code, late.json()["code"]) == (429, "too_many_registrations")
    assert int(late.headers["Retry-After"]) >= 1
    assert node.register()["claimed"]


ABOUT = '{"hostname": "box", "totalCores": 4, "enabledCores": 2, "platform": "linux", "version": "1.0"}'
