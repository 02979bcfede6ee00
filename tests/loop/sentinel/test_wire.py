"""What comes over the wire has bounds: whatever one connection does, the others are answered."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from loop.sentinel import body, wire
from loop.signing import sign
from tests.loop.sentinel.programs import until

HALF = b"GET /ready HTTP/1.1\r\nHost: x\r\nX-"
GET = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /nodes/heartbeat HTTP/1.1\r\nHost: x\r\n"


@contextmanager
def connection(url: str) -> Iterator[socket.socket]:
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 0), timeout=20) as raw:
        yield raw


def answer(raw: socket.socket) -> tuple[int, dict[str, Any]]:
    """The next answer's status and body; (0, {}) if the connection is over without one."""
    reader = raw.makefile("rb")
    try:
        line = reader.readline()
        if not line:
            return 0, {}
        length = 0
        while (header := reader.readline().strip().lower()) != b"":
            if header.startswith(b"content-length:"):
                length = int(header.partition(b":")[2])
        return int(line.split()[1]), json.loads(reader.read(length))
    except ConnectionResetError:
        return 0, {}


def closed(raw: socket.socket) -> bool:
    try:
        return raw.recv(1) == b""
    except ConnectionResetError:
        return True


def asked(url: str, request: bytes) -> tuple[int, str]:
    with connection(url) as raw:
        raw.sendall(request)
        status, fields = answer(raw)
        return status, str(fields.get("code", ""))


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: 2, 2\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x2\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length : 2\r\n",
        b"X: 1\r\n Content-Length: 2\r\n",
        b"X: 1\nContent-Length: 2\r\n",
        b"X: a\0b\r\n",
        b": x\r\n",
    ],
)
def test_a_request_that_two_servers_would_read_differently_is_refused(sentinel: str, headers: bytes) -> None:
    for content in (b"{}", b"2\r\n{}\r\n0\r\n\r\n"):
        with connection(sentinel) as raw:
            raw.sendall(POST + headers + b"\r\n" + content)
            status, fields = answer(raw)
            assert (status, fields["code"]) == (400, "bad_request")
            # Nothing of it may be taken for the next request.
            assert closed(raw)


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02",
    ],
)
def test_what_is_no_http_is_refused_in_the_usual_shape(sentinel: str, request_: bytes) -> None:
    assert asked(sentinel, request_)[0] in {400, 404, 405, 505}


def pour(raw: socket.socket, piece: bytes, pause: float = 0) -> None:
    """Send it again and again, with seconds between, until the other side has had enough."""
    deadline = time.monotonic() + 20
    try:
        while time.monotonic() < deadline:
            raw.sendall(piece)
            time.sleep(pause)
    except OSError:
        return
    raise AssertionError("it goes on and on")


def test_an_endless_head_is_refused(sentinel: str) -> None:
    with connection(sentinel) as raw:
        raw.sendall(b"GET /ready HTTP/1.1\r\nX-Long: ")
        pour(raw, b"x" * 1024)
    assert asked(sentinel, b"GET /ready HTTP/1.1\r\nX: " + b"x" * wire.HEAD) == (431, "head_too_large")


@pytest.mark.parametrize("path", [b"/ready", b"/nodes/heartbeat"])
def test_an_endless_body_ends_the_connection(sentinel: str, path: bytes) -> None:
    with connection(sentinel) as raw:
        raw.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path)
        pour(raw, b"400\r\n" + b"x" * 1024 + b"\r\n")


def test_half_requests_do_not_keep_others_from_being_answered_and_are_not_waited_for(
    sentinel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ARRIVAL", 3.0)
    with ExitStack() as stack:
        halves = [stack.enter_context(connection(sentinel)) for _ in range(300)]
        for raw in halves:
            raw.sendall(HALF)
        for _ in range(20):
            assert asked(sentinel, GET) == (200, "")
            # Some go on, a little at a time; it does not help them.
            for raw in halves[:10]:
                raw.sendall(b"x")
        assert {answer(raw)[0] for raw in halves} == {408}
        assert all(closed(raw) for raw in halves)


def test_silent_connections_and_slow_bodies_are_not_waited_for(sentinel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ARRIVAL", 1.0)
    monkeypatch.setattr(body, "SECONDS", 0.5)
    with connection(sentinel) as silent, connection(sentinel) as slow, connection(sentinel) as unread:
        slow.sendall(POST + b"Content-Length: 10\r\n\r\n{")
        # It is answered, and goes on to send.
        unread.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        assert answer(unread)[0] == 200
        assert answer(slow) == (408, {"code": "body_too_slow", "message": "the body took more than 0 seconds"})
        assert answer(silent)[0] == 408
        assert all(closed(raw) for raw in (silent, slow, unread))


def test_an_answer_that_is_not_taken_is_not_kept(
    sentinel: str, node: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "DEPARTURE", 0.5)
    database.change("update public.nodes set total_cores = 16, max_parallel = 16, quota = 16")
    node.beat()
    database.submit(16_000, padding="x" * 60_000)
    node.chunks(16)
    # Not to the letter what the node has sent: a beat of this second would be taken for its replay.
    content = b'{"status":"online"}'
    signed = sign(node.key, "POST", "/nodes/heartbeat", content, int(time.time()))
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items()).encode()
    with connection(sentinel) as raw:
        began = time.monotonic()
        # A megabyte for each, more than all buffers between hold.
        raw.sendall((POST + head + b"Content-Length: %d\r\n\r\n" % len(content) + content) * wire.IN_LINE)
        # Seldom, or it is refused as too much of a head before the answers fill the buffers.
        pour(raw, b"\r\n", 0.02)
        assert time.monotonic() - began > 0.5
    assert httpx.get(sentinel + "/ready").status_code == 200


def test_requests_in_line_are_answered_in_turn_and_a_long_line_is_refused(sentinel: str) -> None:
    with connection(sentinel) as raw:
        raw.sendall(GET * 8)
        reader = raw.makefile("rb")
        seen = b""
        while seen.count(b"HTTP/1.1 200") < 8:
            seen += reader.read1(65536)
    with connection(sentinel) as raw:
        raw.sendall(GET * 1000)
        seen = b""
        while piece := raw.recv(65536):
            seen += piece
        assert seen.count(b"HTTP/1.1 200") <= wire.IN_LINE
    assert httpx.get(sentinel + "/ready").status_code == 200


def test_when_there_are_too_many_connections_the_longest_idle_one_makes_room(
    sentinel: str, node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "most_connections", lambda: 20)
    with ExitStack() as stack:
        idle = [stack.enter_context(connection(sentinel)) for _ in range(100)]
        for _ in range(5):
            assert httpx.get(sentinel + "/ready").status_code == 200
        node.beat()
        # Room was made for each that came, by those that had been there before.
        until(lambda: len(select.select(idle, [], [], 0)[0]) >= 80)
        assert all(closed(raw) for raw in select.select(idle, [], [], 0)[0])
    assert httpx.get(sentinel + "/ready").status_code == 200


def test_a_connection_that_waits_for_work_never_makes_room(
    sentinel: str, node: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "most_connections", lambda: 5)
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        waiting = pool.submit(node.beat, wait=20)
        until(lambda: httpx.get(sentinel + "/status").json()["waitingNodes"] == 1)
        for _ in range(50):
            stack.enter_context(connection(sentinel))
        database.submit(1000, baseDps=1)
        assert len(waiting.result()["chunks"]) == 1


def test_a_node_may_report_all_that_it_may_hold(node: Any) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(4096)]
    known = node.beat(running=ids, attempts=ids)
    assert sorted(known["cancelled"]) == ids
