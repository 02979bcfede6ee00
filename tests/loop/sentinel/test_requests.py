"""Requests that make no sense, or are not signed as they should be: refused, each with its reason."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from loop.sentinel.body import LIMIT
from loop.signing import sign
from tests.loop.sentinel.programs import refusal

RESULT = {"meanDps": 10.5, "stdDps": 1.0, "minDps": 9.0, "maxDps": 12.0, "iterations": 1000}
ROUTES = ("/nodes/register", "/nodes/heartbeat", "/chunks/complete", "/chunks/fail")


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
