"""The portal's client behind gateways that stumble and clocks that differ, over real HTTP."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from loop.portal import Portal, PortalError
from tests.support.serving import serving

LOOP = Path(sys.executable).with_name("loop")
KEY = "sb_publishable_" + "x" * 32
HTML = b"<html><body><h1>Bad gateway</h1></body></html>"
ID = "7f8c9a9e-5b1e-4f0e-9b7e-3a1d2c4b5a69"
JOB = {
    "id": ID,
    "status": "completed",
    "completed_iterations": 1000,
    "total_iterations": 1000,
    "result": {"meanDps": 1.5},
    "error": None,
}


@dataclass
class Stumble:
    """One answer that is not the API's.

    Attributes:
        status: the HTTP status; 0 breaks the connection off in the middle of the body.
    """

    status: int
    body: bytes = HTML
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Gateway:
    """A Supabase API that is answered for by its stumbles, in their order, before each route works.

    Attributes:
        stumbles: for each path, what comes before its answer.
        carry_out: whether a call that gets a stumble is carried out all the same, as when the way back breaks.
        jobs: the jobs that were created, by their request's id.
        seen: the access tokens and bodies that came, by path.
    """

    url: str = ""
    stumbles: dict[str, list[Stumble]] = field(default_factory=lambda: defaultdict(list))
    carry_out: bool = False
    jobs: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    tokens: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, body, more = scope["path"].removeprefix("/rest/v1").removeprefix("/auth/v1"), b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        fields = json.loads(body) if body else {}
        self.seen[path].append((headers.get("authorization", ""), fields))
        stumbles = self.stumbles[path]
        answer = self._answer(path, fields) if self.carry_out or not stumbles else {}
        stumble = stumbles.pop(0) if stumbles else Stumble(200, json.dumps(answer).encode())
        await self._send(send, stumble)

    async def _send(self, send: Send, stumble: Stumble) -> None:
        length = len(stumble.body) + (100 if stumble.status == 0 else 0)
        kind = "text/html" if stumble.body == HTML else "application/json"
        headers = {"content-type": kind, "content-length": str(length), **stumble.headers}
        start = {"type": "http.response.start", "status": stumble.status or 200}
        await send({**start, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]})
        await send({"type": "http.response.body", "body": stumble.body, "more_body": stumble.status == 0})

    def _answer(self, path: str, fields: dict[str, Any]) -> Any:
        if path == "/token":
            self.tokens += 1
            user = {"id": ID, "aud": "authenticated", "created_at": "2026-01-01T00:00:00Z"}
            session = {"access_token": f"token{self.tokens}", "refresh_token": f"refresh{self.tokens}"}
            # It ended long ago, by the clock of this machine.
            times = {"token_type": "bearer", "expires_in": 3600, "expires_at": 1_000_000_000}
            return {**session, **times, "user": {**user, "app_metadata": {}, "user_metadata": {}}}
        if path == "/rpc/create_job":
            return {"jobId": self.jobs.setdefault(fields["p_request_id"], f"job{len(self.jobs) + 1}")}
        if path == "/jobs":
            return [JOB]
        return {"valid": False}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    app = Gateway()
    with serving(app) as app.url:
        yield app


def portal(gateway: Gateway, patience: float = 20) -> Portal:
    return Portal(gateway.url, KEY, "token0", patience)


EXPIRED = Stumble(401, b'{"code": "PGRST303", "message": "JWT expired", "details": null, "hint": null}')
TOO_NEW = Stumble(401, b'{"code": "PGRST303", "message": "JWT issued at future", "details": null, "hint": null}')
QUOTA = Stumble(
    429, b'{"code": "PT429", "message": "You have 5 jobs.", "details": "too_many_open_jobs", "hint": "Wait."}'
)
PASSING = [
    Stumble(502),
    Stumble(503, b'{"code": "PGRST001", "message": "no connection", "details": null, "hint": null}'),
    Stumble(504, b""),
    Stumble(520),
    Stumble(429, b'{"message": "API rate limit exceeded"}', {"Retry-After": "1"}),
    Stumble(0),
]


@pytest.mark.parametrize("carry_out", [False, True], ids=["lost on the way there", "lost on the way back"])
@pytest.mark.parametrize("stumble", PASSING, ids=lambda stumble: str(stumble.status or "cut off"))
def test_one_job_is_made_whatever_stands_between(gateway: Gateway, stumble: Stumble, carry_out: bool) -> None:
    gateway.carry_out = carry_out
    gateway.stumbles["/rpc/create_job"] = [stumble]
    with portal(gateway) as client:
        assert client.create_job({"a": 1}, 1000).id == "job1"
    assert len(gateway.jobs) == 1
    bodies = [fields for _, fields in gateway.seen["/rpc/create_job"]]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_read_is_repeated_by_one_layer_only(gateway: Gateway) -> None:
    gateway.stumbles["/jobs"] = [Stumble(503)] * 100
    with portal(gateway, patience=2) as client, pytest.raises(PortalError) as caught:
        client.job(ID)
    assert caught.value.message == "the API answered 503 Service Unavailable"
    # By itself the Supabase client would begin again three times.
    assert 2 <= len(gateway.seen["/jobs"]) <= 4


def test_following_goes_on_after_a_bad_moment(gateway: Gateway) -> None:
    gateway.stumbles["/jobs"] = [Stumble(502), Stumble(0)]
    with portal(gateway) as client:
        assert [job.status for job in client.follow(ID)] == ["completed"]


def test_signing_in_survives_a_gateway_too(gateway: Gateway) -> None:
    gateway.stumbles["/token"] = [Stumble(502), Stumble(0)]
    with Portal(gateway.url, KEY, patience=20) as client:
        client.sign_in("me@example.org", "x")
        client.job(ID)
    assert gateway.seen["/jobs"] == [("Bearer token1", {})]


def test_an_expired_token_is_renewed_whatever_the_clock_here_says(gateway: Gateway) -> None:
    gateway.stumbles["/rpc/create_job"] = [EXPIRED]
    gateway.stumbles["/jobs"] = [EXPIRED]
    with Portal(gateway.url, KEY, patience=20) as client:
        client.sign_in("me@example.org", "x")
        client.create_job({}, 1000)
        client.job(ID)
    assert [token for token, _ in gateway.seen["/rpc/create_job"]] == ["Bearer token1", "Bearer token2"]
    assert [token for token, _ in gateway.seen["/jobs"]] == ["Bearer token2", "Bearer token3"]
    # Each with the last refresh token, once.
    asked = [fields.get("refresh_token") for _, fields in gateway.seen["/token"]]
    assert asked == [None, "refresh1", "refresh2"]


def test_a_token_that_is_too_new_for_the_apis_clock_is_waited_for(gateway: Gateway) -> None:
    gateway.stumbles["/jobs"] = [TOO_NEW] * 3
    with Portal(gateway.url, KEY, patience=20) as client:
        client.sign_in("me@example.org", "x")
        assert client.job(ID).ok
    gateway.stumbles["/jobs"] = [TOO_NEW] * 100
    with Portal(gateway.url, KEY, patience=1) as client:
        client.sign_in("me@example.org", "x")
        with pytest.raises(PortalError, match="the API's clocks disagree: JWT issued at future"):
            client.job(ID)


def test_an_expired_token_that_cannot_be_renewed_is_said(gateway: Gateway) -> None:
    gateway.stumbles["/jobs"] = [EXPIRED]
    with portal(gateway) as client, pytest.raises(PortalError, match="is not accepted: JWT expired") as caught:
        client.job(ID)
    assert "sign in again" in caught.value.hint
    gone = Stumble(400, b'{"error_code": "refresh_token_not_found", "msg": "Refresh Token Not Found"}')
    gateway.stumbles["/jobs"] = [EXPIRED]
    with Portal(gateway.url, KEY, patience=20) as client:
        client.sign_in("me@example.org", "x")
        gateway.stumbles["/token"] = [gone]
        with pytest.raises(PortalError, match="the session has ended"):
            client.job(ID)


@pytest.mark.parametrize(
    ("stumble", "code", "message"),
    [
        (QUOTA, "too_many_open_jobs", "You have 5 jobs."),
        (Stumble(503, HTML, {"Retry-After": "3600"}), "api_unreachable", "the API answered 503 Service Unavailable"),
        (Stumble(404), "api_unreachable", "the API answered 404 Not Found"),
        (Stumble(403, b"<html>"), "api_unreachable", "the API answered 403 Forbidden"),
        (Stumble(500, b'{"code": "57014", "message": "canceling statement"}'), "57014", "canceling statement"),
        (Stumble(200), "api_unintelligible", "the API gave another answer than was expected"),
        (Stumble(200, b"[]"), "api_unintelligible", "the API gave another answer than was expected"),
        (Stumble(200, b"{}"), "api_unintelligible", "the API gave another answer than was expected"),
        (Stumble(200, b"[" * 100_000), "api_unintelligible", "the API gave another answer than was expected"),
    ],
)
def test_what_does_not_pass_is_said_at_once_as_people_read_it(
    gateway: Gateway, stumble: Stumble, code: str, message: str
) -> None:
    gateway.stumbles["/rpc/create_job"] = [stumble] * 10
    with portal(gateway) as client, pytest.raises(PortalError) as caught:
        client.create_job({}, 1000)
    assert (caught.value.code, caught.value.message) == (code, message)
    assert len(gateway.seen["/rpc/create_job"]) == 1


def test_a_wait_that_is_asked_for_is_waited(gateway: Gateway) -> None:
    gateway.stumbles["/jobs"] = [Stumble(503, HTML, {"Retry-After": "2"})]
    began = time.monotonic()
    with portal(gateway) as client:
        client.job(ID)
    assert time.monotonic() - began >= 2


def test_an_api_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with Portal(url, KEY, "token0", patience=0.5) as client:
        with pytest.raises(PortalError, match="the API does not answer: "):
            client.job(ID)
        with pytest.raises(PortalError, match="the API does not answer: ") as caught:
            client.create_job({}, 1000)
        assert "may have been made" in caught.value.hint
        with pytest.raises(PortalError, match="the API does not answer: ") as caught:
            client.sign_in("me@example.org", "x")
    assert caught.value.code == "api_unreachable"


# What is submitted

BAD = {
    "half a character": (rb'{"a": "\ud800"}', r"has half a character in it: \ud800 without its other half"),
    "half a character as key": (rb'{"\udfff": 1}', r"has half a character in it: \udfff without its other half"),
    "nan": (b'{"a": NaN}', "NaN is no JSON number"),
    "infinity": (b'{"a": -Infinity}', "-Infinity is no JSON number"),
    "too great": (b'{"a": 1e999}', "1e999 is out of range"),
    "long number": (b'{"a": ' + b"9" * 5000 + b"}", "999999999999999999999999999999… has 5,000 digits"),
    "a key twice": (b'{"a": {"b": 1, "b": 2}}', "the key 'b' stands twice in one object"),
    "20 MB": (b'{"a": "' + b"x" * 20_000_000 + b'"}', "has more than 16,777,216 bytes"),
    "nested": (b'{"a": ' + b"[" * 100_000, "is nested too deeply"),
    "no utf-8": (b'{"a": "\xff"}', "is no UTF-8: byte 8 is 0xff"),
    "cut off": (b'{"a": 1', "cannot be read as JSON"),
    "empty": (b"", "cannot be read as JSON"),
    "a list": (b"[1]", "holds no JSON object"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_config_that_is_none_is_refused_in_a_sentence_before_anything_is_sent(name: str, tmp_path: Path) -> None:
    data, message = BAD[name]
    (tmp_path / "fight.json").write_bytes(data)
    options = ("--iterations", "1", "--url", "http://127.0.0.1:1", "--key", KEY, "--token", "x")
    done = subprocess.run(
        [LOOP, "submit", "fight.json", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: fight.json ")
    assert message in done.stderr
    assert len(done.stderr) < 300
    assert "Traceback" not in done.stderr
