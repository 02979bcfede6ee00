"""A node's work, from the sentinel's answer to the delivered result, with the node as a process of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop.node import key
from loop.node.client import SentinelClient
from loop.node.simulation import simulate
from loop.sentinel import SentinelOptions, background
from tests.loop.node.conftest import Gate, NodeProcess, Start, done


def test_a_job_is_computed_to_its_result(sentinel: str, database: Any, start: Start) -> None:
    nodes = [start(sentinel, name=name) for name in ("one", "two")]
    job = database.submit(3500, baseDps=800, critChance=0.5)
    result = done(database, job)
    expected = simulate({"baseDps": 800, "critChance": 0.5}, 3500, 0)
    assert result["totalIterations"] == 3500
    assert result["chunksCompleted"] == 4
    assert result["meanDps"] == pytest.approx(expected["meanDps"], rel=1e-12)
    assert (result["minDps"], result["maxDps"]) == (expected["minDps"], expected["maxDps"])
    for process in nodes:
        process.stop()
        assert process.ends() == 0, process.printed
    lines = [line for process in nodes for line in process.printed if line.startswith("chunk ")]
    assert len(lines) == 4
    assert sum("the job's last" in line for line in lines) == 1
    assert not any("Traceback" in line for process in nodes for line in process.printed)
    statuses = database.rows("select status from public.nodes where user_id = %s", database.user)
    assert [row["status"] for row in statuses] == ["offline", "offline"]


def test_a_stopping_node_finishes_its_chunk_and_takes_no_other(
    sentinel: str, database: Any, start: Start, gate: Gate
) -> None:
    process = start(sentinel, gated=True)
    database.submit(2000, baseDps=1)
    running, begun = gate.begun()
    process.stop()
    process.says("stopping")
    with running:
        running.sendall(b"run!")
        assert process.ends() == 0, process.printed
    chunks = database.rows("select seed_offset, status from public.jobs_chunks where status = 'completed'")
    assert chunks == [{"seed_offset": begun["seedOffset"], "status": "completed"}]


def test_a_node_without_sentinel_keeps_trying_and_stops_when_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with NodeProcess(tmp_path, "--sentinel", url) as process:
        for _ in range(2):
            process.says(f"no answer from {url}")
        process.stop(signal.SIGINT)
        assert process.ends() == 0, process.printed


def test_a_node_that_was_forgotten_registers_anew(sentinel: str, database: Any, tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "--sentinel", sentinel) as process:
        code = process.says("claim code: ").split("claim code: ")[1]
        database.change("delete from public.nodes")
        database.until("select 1 from public.nodes where claim_code = %s", code)
        database.claim(code)
        process.says("node mine is online")


def test_every_call_of_a_client_is_carried_out(sentinel: str, database: Any, tmp_path: Path) -> None:
    """Calls within one second too, which are equal but for their nonce."""

    async def calls() -> list[dict[str, Any]]:
        about = {"hostname": "box", "totalCores": 1, "enabledCores": 1, "platform": "x", "version": "1"}
        with key.hold(tmp_path / "config.ini") as held:
            async with SentinelClient([sentinel], held.private) as client:
                answers = []
                for _ in range(5):
                    answers.append(await client.post("/nodes/register", about))
                    database.change("delete from public.nodes")
                return answers

    assert len({answer["id"] for answer in asyncio.run(calls())}) == 5


def test_a_node_that_comes_back_goes_on_with_its_chunk(sentinel: str, database: Any, start: Start, gate: Gate) -> None:
    process = start(sentinel, gated=True)
    job = database.submit(1000, baseDps=1)
    running, _ = gate.begun()
    with running:
        process.process.kill()
        process.process.wait()
    start(sentinel)  # the same folder, and so the same key
    assert done(database, job)["chunksCompleted"] == 1
    assert database.row("select attempts from public.jobs_chunks")["attempts"] == 1


def test_a_result_survives_a_lost_sentinel(
    sentinel_options: SentinelOptions, database: Any, start: Start, gate: Gate
) -> None:
    with ExitStack() as first:
        url = first.enter_context(background(sentinel_options))
        process = start(url, gated=True)
        job = database.submit(1000, baseDps=1)
        running, _ = gate.begun()
    with running:
        running.sendall(b"run!")
        process.says("no answer")
    with background(replace(sentinel_options, port=int(url.rsplit(":", 1)[1]))):
        assert done(database, job)["chunksCompleted"] == 1
    assert database.row("select attempts from public.jobs_chunks")["attempts"] == 1


@pytest.mark.parametrize(
    ("order", "reason"),
    [(b"fail", "this fight cannot be won"), (b"die!", "the program ended without an answer, with exit code 1")],
    ids=["raises", "dies"],
)
def test_a_chunk_whose_simulation_fails_is_handed_back_at_once(
    sentinel: str, database: Any, start: Start, gate: Gate, order: bytes, reason: str
) -> None:
    process = start(sentinel, gated=True)
    job = database.submit(1000, baseDps=1)
    running, _ = gate.begun()
    with running:
        running.sendall(order)
        process.says(f"failed: {reason}")
    # This node, the only one, is given it once more.
    running, _ = gate.begun()
    with running:
        assert database.row("select attempts, error from public.jobs_chunks") == {"attempts": 2, "error": reason}
        running.sendall(b"run!")
        assert done(database, job)["chunksCompleted"] == 1


def test_a_chunk_that_always_fails_ends_its_job_with_the_reason(
    sentinel: str, database: Any, start: Start, tmp_path: Path
) -> None:
    start(sentinel)
    job = database.submit(1000, fightSeconds=-1)
    ended = database.until("select error from public.jobs where id = %s and status = 'failed'", job)
    assert "fightSeconds must be a number, zero or more" in ended["error"]


def test_a_cancelled_chunk_is_not_computed_to_its_end(sentinel: str, database: Any, start: Start, gate: Gate) -> None:
    process = start(sentinel, gated=True)
    job = database.submit(1000, baseDps=1)
    running, _ = gate.begun()
    with running:
        database.as_user("select public.cancel_job(%s)", job)
        process.says("no longer wanted")
        assert running.recv(1) == b""  # its process has ended
    other = database.submit(1000, baseDps=2)
    running, _ = gate.begun()
    with running:
        running.sendall(b"run!")
        assert done(database, other)["chunksCompleted"] == 1
