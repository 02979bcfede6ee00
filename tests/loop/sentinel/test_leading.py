"""Several sentinels at one database, and what a sentinel notices: who leads, what it hears, what is missing."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest

from loop.sentinel import SentinelOptions, background, metrics, scheduler
from loop.sentinel.database import Database
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Metrics
from tests.loop.conftest import Caller
from tests.loop.sentinel.programs import sentinel_process, status, until

RESULT = {"meanDps": 1, "stdDps": 0, "minDps": 1, "maxDps": 1, "iterations": 1000}


def attempt(chunk: dict[str, Any]) -> dict[str, Any]:
    return {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"]}


def test_when_the_leader_is_killed_another_sentinel_leads_and_its_waiting_nodes_have_work(
    sentinel_options: SentinelOptions, database: Any, ready: Callable[[str], None]
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(sentinel_process(sentinel_options.database_url))
        until(lambda: first.leads)
        second = stack.enter_context(background(sentinel_options))
        ready(second)
        assert status(second)["leader"] is False
        node = Caller(second)
        database.claim(node.register()["claimCode"])
        node.beat()
        # Assigned by the first, told by the second.
        database.submit(1000, baseDps=1)
        [chunk] = node.beat(wait=20)["chunks"]
        first.end()
        until(lambda: bool(status(second)["leader"]))
        database.submit(1000, baseDps=2)
        known = {"running": [chunk["chunkId"]], "attempts": [chunk["attemptToken"]]}
        assert len(node.beat(wait=20, **known)["chunks"]) == 2


def test_a_heartbeat_waits_for_work(node: Any, database: Any) -> None:
    node.beat()
    began = time.monotonic()
    assert node.beat(wait=0.5)["chunks"] == []
    assert time.monotonic() - began >= 0.5
    job = database.submit(1000, baseDps=1)
    [chunk] = node.beat(wait=20)["chunks"]
    known = {"running": [chunk["chunkId"]], "attempts": [chunk["attemptToken"]]}
    # What it knows is no news, and is not sent along again.
    [again] = node.beat(wait=0.2, **known)["chunks"]
    assert again == chunk | {"config": None, "rotation": None}
    # What is no longer wanted is news at once.
    database.as_user("select public.cancel_job(%s)", job)
    assert node.beat(wait=20, **known)["cancelled"] == [chunk["chunkId"]]


def test_a_node_that_becomes_free_is_given_what_waits(node: Any, database: Any) -> None:
    database.change("update public.nodes set max_parallel = 1")
    database.submit(2000, baseDps=1)
    [first] = node.chunks(1)
    node.post("/chunks/complete", attempt(first) | {"result": RESULT})
    [second] = node.beat(wait=20)["chunks"]
    assert second["chunkId"] != first["chunkId"]


def test_a_waiting_heartbeat_does_not_let_its_node_count_as_gone(node: Any, database: Any) -> None:
    database.change("update private.settings set offline_after = '600 milliseconds'")
    began = time.monotonic()
    node.beat(wait=20)
    assert time.monotonic() - began < 10


def test_a_stopping_sentinel_lets_nobody_wait(
    sentinel_options: SentinelOptions, database: Any, ready: Callable[[str], None]
) -> None:
    with sentinel_process(sentinel_options.database_url) as sentinel, ThreadPoolExecutor(1) as pool:
        ready(sentinel.url)
        node = Caller(sentinel.url)
        database.claim(node.register()["claimCode"])
        node.beat()
        until(lambda: status(sentinel.url)["waitingNodes"] == 0)
        waiting = pool.submit(node.post, "/nodes/heartbeat", {"wait": 30})
        until(lambda: status(sentinel.url)["waitingNodes"] == 1)
        sentinel.end(signal.SIGTERM)
        assert sentinel.process.returncode == 0
        assert waiting.result().json()["chunks"] == []


def test_a_missing_trigger_is_noticed_and_work_is_found_by_looking(
    sentinel_options: SentinelOptions,
    database: Any,
    ready: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(scheduler, "POLL", 1.0)
    database.change("alter table public.jobs_chunks disable trigger trg_pending_chunk")
    with caplog.at_level(logging.WARNING), background(sentinel_options) as url:
        ready(url)
        until(lambda: status(url)["missingTriggers"] == ["trg_pending_chunk"])
        assert "see: dbtools verify trg_pending_chunk" in caplog.text
        node = Caller(url)
        database.claim(node.register()["claimCode"])
        node.beat()
        database.submit(1000, baseDps=1)
        database.until("select 1 from public.jobs_chunks where status = 'running'")
        database.change("alter table public.jobs_chunks enable trigger trg_pending_chunk")
        until(lambda: status(url)["missingTriggers"] == [])


def test_a_connection_that_no_longer_hears_is_opened_anew(sentinel_options: SentinelOptions, database: Any) -> None:
    """What a pooler does that gives the session to somebody else: it is there, but it does not listen any more."""

    class Watched(Database):
        opened: list[Any] = []  # noqa: RUF012

        async def connect(self, *, statement_timeout: str = "15s") -> Any:
            conn = await super().connect(statement_timeout=statement_timeout)
            self.opened.append(conn)
            return conn

    async def run() -> None:
        watched = Watched(sentinel_options.database_url)
        working = scheduler.Scheduler(watched, Waiting(), Metrics())
        task = asyncio.create_task(working.run())

        async def leads() -> None:
            while not (working.leadership.leading and not working.reasons):
                await asyncio.sleep(0.02)

        try:
            async with asyncio.timeout(30):
                await leads()
                first = watched.opened[0]
                await first.execute("unlisten *")
                while not first.closed:
                    await asyncio.sleep(0.02)
                await leads()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await watched.close()

    asyncio.run(run())


def test_the_figures_for_operators(node: Any, database: Any, sentinel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_FRESH", 0.0)
    monkeypatch.setattr(metrics, "_REST", 0.0)
    until(lambda: bool(status(sentinel)["leader"]))
    database.submit(3000, baseDps=1)
    database.change("update public.nodes set max_parallel = 2")
    first, second = node.chunks(2)
    node.post("/chunks/complete", attempt(first) | {"result": RESULT})
    node.post("/chunks/fail", attempt(second) | {"error": "boom"})
    httpx.post(sentinel + "/nodes/heartbeat", content=b"{}")
    lines = dict(
        line.rsplit(" ", 1) for line in httpx.get(sentinel + "/metrics").text.splitlines() if not line.startswith("#")
    )
    assert float(lines["loop_chunks_assigned_total"]) >= 2
    assert [float(lines[f"loop_{name}"]) for name in ("chunks_completed_total", "chunks_failed_total")] == [1, 1]
    assert float(lines["loop_unsigned_requests_total"]) == 1
    assert float(lines["loop_leader"]) == 1
    assert float(lines["loop_nodes_online"]) == 1
    assert float(lines['loop_request_seconds_count{route="/chunks/fail",status="200"}']) == 1
    assert {"loop_pass_seconds_count", "loop_chunks_reaped_total", "loop_chunks_pending"} <= set(lines)
    shown = status(sentinel)
    assert shown["version"]
    assert shown["unsigned"]["requests"] == 1
    assert shown["lastPass"]["seconds"] > 0


def test_a_failure_is_handed_back_and_a_repeated_one_changes_nothing(node: Any, database: Any) -> None:
    database.submit(1000, baseDps=1)
    [chunk] = node.chunks(1)
    failure = attempt(chunk) | {"error": "a\0b \ud800"}
    answer = node.post("/chunks/fail", failure)
    assert answer.json() == {"success": True, "jobComplete": False, "outcome": "accepted"}
    found = database.until("select error from public.jobs_chunks where attempts = 1 or status = 'running'")
    assert found["error"] == "a?b ?"
    [again] = node.beat(wait=20)["chunks"]
    assert again["attemptToken"] != chunk["attemptToken"]
    late = node.post("/chunks/fail", failure).json()
    assert (late["success"], late["outcome"]) == (False, "superseded")
    without_token = node.post("/chunks/fail", {"chunkId": chunk["chunkId"], "error": "boom"})
    assert (without_token.status_code, without_token.json()["code"]) == (400, "bad_field")
    assert database.row("select status from public.jobs_chunks")["status"] == "running"
