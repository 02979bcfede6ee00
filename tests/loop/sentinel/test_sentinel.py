"""The sentinel over real HTTP and a real database: what nodes are answered, and what the scheduler does by itself."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from psycopg import conninfo

from loop.errors import ConfigError, ConnectError
from loop.sentinel import SentinelOptions, background, serve
from loop.sentinel.body import LIMIT
from loop.signing import claim_code, sign

RESULT = {"meanDps": 10.5, "stdDps": 1.0, "minDps": 9.0, "maxDps": 12.0, "iterations": 1000}
ROUTES = ("/nodes/register", "/nodes/heartbeat", "/chunks/complete", "/chunks/fail")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; every refusal has the same shape."""
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "hint"}
    assert "Traceback" not in answer.text
    return answer.status_code, body["code"]


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


# Requests that make no sense

DEEP = b"[" * 30_000 + b"]" * 30_000
BODIES: list[bytes] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"a": 1, "a": 2}',
    b'{"status": NaN}',
    b'{"status": 1e999}',
    b'{"status": ' + b"9" * 5000 + b"}",
    DEEP,
    b'{"result": ' + DEEP + b"}",
]
FIELDS: list[dict[str, object]] = [
    {},
    {"status": 1},
    {"status": "nonsense"},
    {"status": "online\0"},
    {"status": "\ud800"},
    {"status": "x" * 256},
    {"status": "online", "running": "all"},
    {"status": "online", "running": ["x"]},
    {"status": "online", "running": [None]},
    {"status": "online", "attempts": "all"},
    {"status": "online", "wait": -1},
    {"status": "online", "wait": True},
    {"status": "online", "wait": "1"},
    {"status": "online", "embed": 1},
    {"chunkId": str(uuid.uuid4()), "attemptToken": str(uuid.uuid4()), "error": 1},
    {"chunkId": str(uuid.uuid4()), "error": "no token"},
    {"chunkId": "x", "result": RESULT},
    {"chunkId": str(uuid.uuid4()), "result": [], "attemptToken": None},
    {"chunkId": str(uuid.uuid4()), "result": RESULT, "attemptToken": "x"},
    {"chunkId": str(uuid.uuid4()), "result": {"meanDps": "\0"}},
    {"chunkId": str(uuid.uuid4()), "result": {"meanDps": "\ud800"}},
    {"chunkId": str(uuid.uuid4()), "result": RESULT | {"meanDps": 10**4000}},
    {"hostname": "", "totalCores": 1, "enabledCores": 1, "platform": "x", "version": "x"},
    {"hostname": "x", "totalCores": 0, "enabledCores": 1, "platform": "x", "version": "x"},
    {"hostname": "x", "totalCores": 2**31, "enabledCores": 1, "platform": "x", "version": "x"},
    {"hostname": "x", "totalCores": True, "enabledCores": 1, "platform": "x", "version": "x"},
    {"hostname": "x\n", "totalCores": 1, "enabledCores": 1, "platform": "x", "version": "x"},
    {"hostname": "x", "totalCores": 1.5, "enabledCores": 1, "platform": "x", "version": "x"},
]


@pytest.mark.parametrize("path", ROUTES)
def test_a_body_that_makes_no_sense_is_the_callers_fault(node: Any, path: str) -> None:
    for body in [*BODIES, *(json.dumps(fields).encode() for fields in FIELDS)]:
        answer = node.post(path, body)
        # A list of fields for one route may be a fair call of another.
        if answer.status_code != 200:
            assert refusal(answer)[0] == 400, (body[:80], answer.text)
        else:
            assert path == "/nodes/heartbeat", body[:80]


def test_no_depth_of_nesting_leads_to_an_error_of_ours(node: Any) -> None:
    # Around the depth at which Python gives up reading, and a little before it, writing.
    for depth in (300, *range(900, 1010)):
        body = b'{"chunkId": "%s", "result": {"x": %s%s}}' % (str(uuid.uuid4()).encode(), b"[" * depth, b"]" * depth)
        assert refusal(node.post("/chunks/complete", body))[0] == 400


@pytest.mark.parametrize("path", ROUTES)
def test_too_long_a_body_is_refused_before_it_is_read_to_the_end(sentinel: str, path: str) -> None:
    assert refusal(httpx.post(sentinel + path, content=b"x" * (LIMIT + 1))) == (413, "body_too_large")

    def pieces() -> Iterator[bytes]:
        for _ in range(LIMIT // 1024 + 1):
            yield b"x" * 1024

    assert refusal(httpx.post(sentinel + path, content=pieces())) == (413, "body_too_large")


def test_unknown_paths_and_methods_are_refused_in_the_same_shape(sentinel: str) -> None:
    assert refusal(httpx.get(sentinel + "/nowhere")) == (404, "not_found")
    assert refusal(httpx.get(sentinel + "/nodes/register")) == (405, "method_not_allowed")


def test_no_host_header_upsets_the_sentinel(sentinel: str) -> None:
    address = httpx.URL(sentinel)
    for path, host in itertools.product((b"/ready/", b"/nodes/register"), (b"[::1", b"a b", b"\xff", b"")):
        with socket.create_connection((address.host, address.port or 0), timeout=10) as raw:
            raw.sendall(
                b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (path, host)
            )
            status = int(raw.makefile("rb").readline().split()[1])
        assert 400 <= status < 500


# Signatures


def test_every_kind_of_refused_signature_has_one_answer(node: Any, sentinel: str) -> None:
    body = b'{"status": "online"}'
    path = "/nodes/heartbeat"
    now = int(time.time())
    good = sign(node.key, "POST", path, body, now)
    identity = base64.b64encode(b"\x01" + bytes(31)).decode()
    forged = base64.b64encode(b"\x01" + bytes(63)).decode()
    attempts: list[list[tuple[str, str]] | dict[str, str]] = [
        {},
        sign(node.key, "GET", path, body, now),
        sign(node.key, "POST", "/nodes/register", body, now),
        sign(node.key, "POST", path, body + b" ", now),
        sign(node.key, "POST", path, body, now - 302),
        sign(node.key, "POST", path, body, now + 310),
        good | {"X-Node-Ts": str(now + 1)},
        good | {"X-Node-Sig": "nonsense"},
        good | {"X-Node-Key": identity, "X-Node-Sig": forged},
        [*good.items(), ("x-node-ts", str(now))],
    ]
    answers = [httpx.post(sentinel + path, content=body, headers=headers) for headers in attempts]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert refusal(answers[0]) == (401, "signature_refused")
    assert httpx.post(sentinel + path, content=body, headers=good).status_code == 200


def test_replays_get_the_first_answer_and_do_nothing(node: Any, database: Any, sentinel: str) -> None:
    body = b'{"status": "online"}'
    headers = sign(node.key, "POST", "/nodes/heartbeat", body, int(time.time()))
    with httpx.Client(base_url=sentinel) as client:
        first = client.post("/nodes/heartbeat", content=body, headers=headers)
        database.change("update public.nodes set last_seen_at = '2000-01-01', name = 'renamed'")
        replays = [client.post("/nodes/heartbeat", content=body, headers=headers) for _ in range(1000)]
    assert {(answer.status_code, answer.text) for answer in replays} == {(200, first.text)}
    assert database.rows("select 1 from public.nodes where last_seen_at = '2000-01-01'")


# The scheduler


def test_a_new_job_is_assigned_at_once_without_a_heartbeat(node: Any, database: Any) -> None:
    node.beat()
    database.submit(1000, baseDps=1)
    # Far sooner than the poll that would find it without a notification.
    database.until("select 1 from public.jobs_chunks where status = 'running'", seconds=10)


def test_the_reaper_runs_on_its_schedule(
    database: Any, sentinel_options: SentinelOptions, ready: Callable[[str], None]
) -> None:
    database.change("update private.settings set reap_every = interval '1 second'")
    database.submit(1000, baseDps=1)
    database.change("update public.jobs_chunks set status = 'running', claimed_at = now() - interval '1 day'")
    with background(sentinel_options) as url:
        ready(url)
        database.until("select 1 from public.jobs_chunks where status = 'pending'", seconds=10)


def test_lost_connections_are_opened_again(
    node: Any, database: Any, sentinel: str, ready: Callable[[str], None]
) -> None:
    node.beat()
    lost = database.rows(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and usename = 'sentinel'"
    )
    assert len(lost) >= 2  # the scheduler's and one for requests
    node.beat()
    ready(sentinel)
    database.submit(1000, baseDps=1)
    database.until("select 1 from public.jobs_chunks where status = 'running'", seconds=10)


def test_without_a_database_everything_waits_and_goes_on_afterwards(
    node: Any, database: Any, shadow: Any, connect: Any, ready: Callable[[str], None]
) -> None:
    node.beat()
    name = database.owner.info.dbname
    elsewhere = connect(shadow.url())
    elsewhere.execute(f'alter database "{name}" allow_connections false')
    elsewhere.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and usename = 'sentinel'",
        [name],
    )
    assert refusal(node.post("/nodes/heartbeat", {"status": "online"})) == (503, "database_unavailable")
    deadline = time.monotonic() + 20
    while (answer := httpx.get(node.url + "/ready")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert refusal(answer) == (503, "not_ready")
    elsewhere.execute(f'alter database "{name}" allow_connections true')
    ready(node.url)
    node.beat()


# Starting and stopping


def test_a_database_that_is_not_upgraded_is_named_at_the_start(shadow: Any) -> None:
    with pytest.raises(ConfigError, match="assign_chunks") as caught:
        serve(SentinelOptions(shadow.create(), port=0))
    assert "alembic upgrade head" in caught.value.hint


def test_a_login_without_the_role_is_named_at_the_start(head_url: str) -> None:
    with pytest.raises(ConfigError, match="may not become service_role"):
        serve(SentinelOptions(conninfo.make_conninfo(head_url, user="supabase_auth_admin"), port=0))


def test_a_database_out_of_reach_is_named_at_the_start() -> None:
    with pytest.raises(ConnectError):
        serve(SentinelOptions("postgresql://sentinel@127.0.0.1:1/postgres", port=0))


def test_a_port_in_use_is_named_at_the_start(sentinel_options: SentinelOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=str(port)):
            serve(SentinelOptions(sentinel_options.database_url, port=port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_sentinel_in_peace(sentinel_options: SentinelOptions, number: signal.Signals) -> None:
    program = "import os\nfrom loop.sentinel import *\nserve(SentinelOptions(os.environ['SENTINEL_DATABASE'], port=0))"
    environment = {**os.environ, "SENTINEL_DATABASE": sentinel_options.database_url}
    with subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        assert "sentinel listens on http://127.0.0.1:" in process.stderr.readline()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(20) == 0, rest
    assert "Traceback" not in rest
    assert "sentinel stopped" in rest
