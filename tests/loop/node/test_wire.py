"""What a node says to a sentinel and makes of its answers, at a sentinel that says what a test wants."""

from __future__ import annotations

import hashlib
import json
import queue
import shlex
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.loop.node.conftest import NodeProcess, gone
from tests.support.serving import serving

Answer = Callable[[dict[str, Any]], Response | dict[str, Any]]

# Fails with the config that it was given as the reason.
ECHO = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    message = json.dumps(question["params"]["config"], sort_keys=True)
    answer = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": message}}
    print(json.dumps(answer), flush=True)
"""
SLEEPS = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"


def chunk(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A chunk as an answer holds it."""
    named = {"chunkId": str(uuid.UUID(int=number)), "attemptToken": str(uuid.UUID(int=1000 + number))}
    return {**named, "iterations": 10, "seedOffset": 0, "configHash": "c" * 64, **fields}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Sentinel:
    """Answers heartbeats with the answers that are put in, then with nothing new.

    Attributes:
        heartbeats, failures, registrations: what came.
        works: the calls of /nodes/work; None of an older sentinel, which does not know it.
        refusal: what these are answered, if they are refused.
    """

    works: list[dict[str, Any]] | None = None
    refusal: Response | None = None

    answers: list[dict[str, Any] | Response] = field(default_factory=list)
    registrations: list[dict[str, Any] | Response] = field(default_factory=list)
    heartbeats: list[dict[str, Any]] = field(default_factory=list)
    failures: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    times: list[float] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields = json.loads(await Request(scope, receive).body())
        self.times.append(time.monotonic())
        answer: dict[str, Any] | Response = {"id": "x", "claimed": True, "success": True, "outcome": "accepted"}
        if scope["path"] == "/nodes/work" and self.works is None:
            answer = JSONResponse({"code": "not_found", "message": "not found"}, 404)
        elif scope["path"] == "/nodes/work" and self.works is not None:
            self.works.append(fields)
            answer = self.refusal or self.work(fields)
        elif scope["path"] == "/chunks/fail":
            self.failures.put(fields)
        elif scope["path"] == "/nodes/register" and self.registrations:
            answer = self.registrations.pop(0)
        elif scope["path"] == "/nodes/heartbeat":
            self.heartbeats.append(fields)
            answer = self.answers.pop(0) if self.answers else {}
            if isinstance(answer, dict):
                answer = {"name": "mine", "maxParallel": 2, "status": "online", "cancelled": [], "chunks": []} | answer
        await (answer if isinstance(answer, Response) else JSONResponse(answer))(scope, receive, send)

    def work(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What /nodes/work answers: all is taken, and there is no new work."""
        taken = {
            kind: [{"chunkId": one["chunkId"], "success": True, "outcome": "accepted"} for one in fields[kind]]
            for kind in ("results", "failures")
        }
        return {"name": "mine", "status": "online", "cancelled": [], "chunks": [], **taken}

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what a node does without saying so."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.heartbeats
            time.sleep(0.01)

    def failed(self) -> str:
        """The next failure's reason."""
        return str(self.failures.get(timeout=20)["error"])


@pytest.fixture
def fake() -> Sentinel:
    return Sentinel()


@pytest.fixture
def node(fake: Sentinel, tmp_path: Path) -> Iterator[Callable[..., NodeProcess]]:
    """Start a node at the fake sentinel, with a program in Python."""
    with serving(fake) as url:
        nodes: list[NodeProcess] = []

        def start(program: str = ECHO, *words: str) -> NodeProcess:
            (tmp_path / "program.py").write_text(program)
            options = ("--sentinel", url, "--processes", "2", "--program", shlex.join([sys.executable, "program.py"]))
            nodes.append(NodeProcess(tmp_path, *options, *words))
            return nodes[-1]

        yield start
        for one in nodes:
            one.__exit__(None)


Node = Callable[..., NodeProcess]


def test_inputs_come_once_by_their_hashes_and_a_chunk_begins_when_it_has_them(fake: Sentinel, node: Node) -> None:
    script, a, b = "cast fireball", "a" * 64, "b" * 64
    pinned = {"id": "r", "version": 3, "checksum": sha256(script)}
    fake.answers += [
        # The second chunk's config and script are left for the next answer.
        {
            "chunks": [chunk(1, configHash=a), chunk(2, configHash=b, rotation=pinned)],
            "configs": {a: {"n": 1}},
            "scripts": {},
        },
        {
            "chunks": [chunk(2, configHash=b, rotation=pinned)],
            "configs": {b: {"n": 2}},
            "scripts": {sha256(script): script},
        },
        # All that this one needs is there by now.
        {"chunks": [chunk(3, configHash=b, rotation=pinned)]},
    ]
    node()
    reasons = sorted(fake.failed() for _ in range(3))
    assert json.loads(reasons[0]) == {"n": 1}
    assert [json.loads(reason) for reason in reasons[1:]] == [{"n": 2, "rotation": {**pinned, "script": script}}] * 2
    first, second, third = fake.heartbeats[:3]
    assert first["inputs"] == []
    assert second["inputs"] == [a]
    assert set(third["inputs"]) == {a, b, sha256(script)}
    # What has not begun is named neither as running nor as known.
    assert str(uuid.UUID(int=2)) not in second["running"]
    assert str(uuid.UUID(int=1002)) not in second["attempts"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"rotation": {"id": "r", "version": 3, "checksum": sha256("cast fireball"), "script": "cast frostbolt"}},
            "the script of rotation r is not the one that the job was submitted with, version 3",
        ),
        ({"rotation": {"id": "r", "script": None}}, "the rotation r came without its script"),
        ({"config": {"rotationId": "r"}}, "the rotation r that the config names is gone"),
        (
            {"config": {"engineVersion": "9"}},
            "the job is for engine version 9, and this node has no version that it knows of",
        ),
        ({"config": {"chunkLimits": {"timeoutSeconds": -1}}}, "chunkLimits.timeoutSeconds must be a number above zero"),
    ],
)
def test_a_node_computes_exactly_what_was_submitted_or_says_that_it_cannot(
    fake: Sentinel, node: Node, given: dict[str, Any], reason: str
) -> None:
    fake.answers.append({"chunks": [chunk(**{"config": {}, **given})]})
    node()
    assert fake.failed() == reason


def test_inputs_within_the_chunks_are_understood_as_of_an_older_sentinel(fake: Sentinel, node: Node) -> None:
    fake.answers.append({"chunks": [chunk(config={"n": 1}, rotation={"id": "r", "script": "cast()"})]})
    node()
    assert json.loads(fake.failed()) == {"n": 1, "rotation": {"id": "r", "script": "cast()"}}


def test_a_node_that_runs_elsewhere_ends_what_it_computes_and_takes_over_later(
    fake: Sentinel, node: Node, tmp_path: Path
) -> None:
    refusal = {"code": "node_runs_elsewhere", "message": "another process computes with this key", "hint": "stop it"}
    fake.answers += [{"chunks": [chunk(config={})]}, *({} for _ in range(200))]
    process = node(SLEEPS)
    process.says("is online")
    fake.until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    fake.answers[:] = [JSONResponse(refusal, 409)]
    assert "(stop it)" in process.says("heartbeat refused: another process computes with this key; again in")
    # It says so when its program is gone, and goes on when the other one is.
    assert gone([int((tmp_path / "pid").read_text())], 0)
    process.says("node mine is online")
    sessions = {beat["session"] for beat in fake.heartbeats}
    assert len(sessions) == 1
    assert str(uuid.UUID(next(iter(sessions)))) in sessions


def test_what_a_stopping_node_hands_back_is_marked_as_such(fake: Sentinel, node: Node, tmp_path: Path) -> None:
    """Three chunks and two programs: two are begun and not done within the grace, one has not begun."""
    fake.answers.append({"chunks": [chunk(number, config={}) for number in (1, 2, 3)]})
    process = node(SLEEPS, "--grace", "1.5")
    fake.until(lambda: any(len(beat.get("attempts", [])) == 3 for beat in list(fake.heartbeats)))
    process.stop()
    assert process.ends() == 0
    said = [fake.failures.get(timeout=5) for _ in range(3)]
    assert {one["chunkId"] for one in said} == {str(uuid.UUID(int=number)) for number in (1, 2, 3)}
    assert all(one["handedBack"] is True for one in said)
    assert fake.heartbeats[-1] == {**fake.heartbeats[-1], "status": "offline", "running": []}


def test_a_sentinel_that_asks_for_a_pause_gets_one(fake: Sentinel, node: Node) -> None:
    fake.registrations.append(JSONResponse({"code": "busy", "message": "busy"}, 429, {"Retry-After": "2"}))
    process = node()
    process.says("answered 429: busy; again in 2.")
    process.says("is online")
    assert fake.times[1] - fake.times[0] >= 2


def test_a_clock_that_is_off_is_named_with_by_how_much(fake: Sentinel, node: Node) -> None:
    refused = JSONResponse({"code": "signature_refused", "message": "refused"}, 401)
    refused.headers["Date"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    fake.registrations.append(refused)
    line = node().says("answered 401: refused")
    assert "seconds ahead: set it right" in line


def test_a_gateway_that_answers_for_the_sentinel_is_waited_for(fake: Sentinel, node: Node) -> None:
    fake.registrations.append(Response("<html>", 502, media_type="text/html"))
    fake.answers.append(Response("[" * 100_000, 200, media_type="application/json"))
    process = node()
    process.says("answered 502; again in")
    process.says("gave no JSON; again in")
    process.says("is online")


def test_what_is_handed_in_goes_with_all_that_a_node_has_to_say_and_brings_new_work(fake: Sentinel, node: Node) -> None:
    fake.works = []
    given = [chunk(number, config={"n": number}) for number in (2, 3)]

    def work(fields: dict[str, Any]) -> dict[str, Any]:
        return {**Sentinel.work(fake, fields), "chunks": given[:1] if len(fake.works or ()) == 1 else given[1:]}

    fake.work = work  # type: ignore[method-assign]
    fake.answers.append({"chunks": [chunk(1, config={"n": 1})]})
    node()
    fake.until(lambda: len(fake.works or ()) >= 3)
    assert [json.loads(call["failures"][0]["error"])["n"] for call in fake.works[:3]] == [1, 2, 3]
    assert fake.failures.empty()
    session = {beat["session"] for beat in fake.heartbeats}
    for call in fake.works[:3]:
        assert (call["status"], {call["session"]}, "wait" in call) == ("online", session, False)
        assert {"running", "attempts", "inputs", "results", "failures"} <= set(call)


def test_what_is_refused_together_is_handed_in_one_by_one(fake: Sentinel, node: Node) -> None:
    fake.works = []
    fake.refusal = JSONResponse({"code": "bad_json", "message": "no"}, 400)
    fake.answers.append({"chunks": [chunk(1, config={})]})
    node()
    assert fake.failed() == "{}"
    assert len(fake.works) == 1
