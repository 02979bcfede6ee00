"""Requests without a signature: what existing nodes send, and how the sentinel takes it until they sign."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from loop.errors import ConfigError
from loop.sentinel import Policy, SentinelOptions, background, policy
from loop.sentinel.transition import NAMELESS
from tests.loop.conftest import ABOUT, Caller, wait_until_ready

RESULT = {"meanDps": 10.5, "stdDps": 1.0, "minDps": 9.0, "maxDps": 12.0, "iterations": 1000}


@pytest.fixture(params=[Policy.ACCEPT, Policy.WARN])
def lenient(request: pytest.FixtureRequest, sentinel_options: SentinelOptions) -> Iterator[str]:
    with background(replace(sentinel_options, unsigned=request.param)) as url:
        wait_until_ready(url)
        yield url


def post(url: str, path: str, fields: object, key: str | None = None) -> httpx.Response:
    return httpx.post(url + path, json=fields, headers={"X-Node-Key": key} if key else {})


def test_a_node_that_only_names_its_key_can_do_its_work(
    lenient: str, database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key = Caller(lenient).public
    with caplog.at_level(logging.WARNING):
        registered = post(lenient, "/nodes/register", ABOUT, key).json()
    database.claim(registered["claimCode"])
    assert post(lenient, "/nodes/heartbeat", {"status": "online"}, key).json()["id"] == registered["id"]
    job = database.submit(2000, baseDps=1)
    database.until("select 1 from public.jobs_chunks having count(*) filter (where status = 'running') = 2")
    first, second = database.rows("select id::text from public.jobs_chunks order by seed_offset")
    answer = post(lenient, "/chunks/complete", {"chunkId": first["id"], "result": RESULT}, key)
    assert answer.json() == {"success": True, "jobComplete": False, "outcome": "accepted"}
    # And one that names nothing at all: whoever holds the chunk is meant.
    answer = post(lenient, "/chunks/complete", {"chunkId": second["id"], "result": RESULT})
    assert answer.json() == {"success": True, "jobComplete": True, "outcome": "accepted"}
    assert database.row("select status from public.jobs where id = %s", job)["status"] == "completed"

    shown = httpx.get(lenient + "/status").json()["unsigned"]
    assert {name: node["requests"] for name, node in shown["nodes"].items()} == {key: 3, NAMELESS: 1}
    assert (key in caplog.text) == (shown["policy"] == "warn")


def test_what_is_signed_badly_is_never_taken_for_unsigned(lenient: str) -> None:
    caller = Caller(lenient)
    caller.register()
    for headers in ({"X-Node-Sig": "x"}, {"X-Node-Ts": "1"}, {"X-Node-Key": "x"}):
        answer = httpx.post(lenient + "/nodes/heartbeat", json={}, headers={"X-Node-Key": caller.public} | headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


def test_a_heartbeat_from_nobody_is_refused(lenient: str) -> None:
    assert post(lenient, "/nodes/heartbeat", {"status": "online"}).json()["code"] == "node_unnamed"


def test_refused_requests_are_counted_as_well(node: Any, sentinel: str) -> None:
    answer = post(sentinel, "/nodes/heartbeat", {"status": "online"}, node.public)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    shown = httpx.get(sentinel + "/status").json()["unsigned"]
    assert (shown["policy"], shown["nodes"][node.public]["requests"]) == ("refuse", 1)


def test_there_are_three_policies() -> None:
    assert policy("warn") is Policy.WARN
    with pytest.raises(ConfigError, match="--unsigned cannot be 'perhaps'"):
        policy("perhaps")
