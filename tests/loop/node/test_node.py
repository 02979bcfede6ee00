"""The node as a process of its own: its key, its simulation, and a job from submission to result."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop import node
from loop.errors import ConfigError
from loop.node import simulation
from loop.node.client import SentinelClient
from loop.node.key import NodeKey
from loop.node.simulation import simulate
from loop.sentinel import SentinelOptions, background
from loop.signing import public_key_text

# A simulation that reports over a socket when it begins, and goes on when it is told to.
GATED = """
import json, os, socket
from loop.node.simulation import simulate

def run(config, iterations, seed_offset):
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))) as gate:
        gate.sendall(json.dumps({"seedOffset": seed_offset, "config": config}).encode())
        order = gate.recv(4)
    if order == b"fail":
        raise ValueError("this fight cannot be won")
    if order == b"die!":
        os._exit(1)
    return simulate(config, iterations, seed_offset)
"""

PROGRAM = """
import os
from pathlib import Path
from loop.node import NodeOptions, run

if __name__ == "__main__":
    run(NodeOptions(
        (os.environ["SENTINEL"],), Path("config.ini"), processes=int(os.environ["PROCESSES"]), interval=0.2,
        simulation=os.environ["SIMULATION"], program=os.environ.get("COMPUTE", ""), hostname="test box",
    ))
"""


class NodeProcess:
    """A node in a folder of its own, and the lines that it prints."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        (folder / "gated.py").write_text(GATED)
        (folder / "main.py").write_text(PROGRAM)
        self.process = subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # A daemon, because a worker that outlives its node (which is a fault) would keep the output open for ever.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def says(self, text: str, seconds: float = 20) -> str:
        """The next line with this text in it."""
        deadline = time.monotonic() + seconds
        while (line := self._lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            self.printed.append(line)
            if text in line:
                return line
        raise AssertionError("\n".join([f"no line with {text!r}:", *self.printed]))

    def ends(self, seconds: float = 20) -> int:
        """Its exit code; `printed` then holds everything."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        while line := self._lines.get(timeout=seconds):
            self.printed.append(line)
        return code

    def remove(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)


class Gate:
    """Where gated simulations wait."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]

    def begun(self) -> tuple[socket.socket, dict[str, Any]]:
        """The next simulation that begins: its connection, its seed offset and config."""
        connection, _ = self._listener.accept()
        connection.settimeout(20)
        return connection, json.loads(connection.recv(10_000))

    def idle(self) -> bool:
        """Whether no further simulation has begun."""
        return not select.select([self._listener], [], [], 0)[0]

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.close()


Start = Callable[..., NodeProcess]


@pytest.fixture
def start(tmp_path: Path, gate: Gate, database: Any) -> Iterator[Start]:
    """Start a node against a sentinel; unless told otherwise, it is claimed and online before this returns."""
    with ExitStack() as stack:

        def start(
            url: str, *, name: str = "node", processes: int = 1, gated: bool = False, program: str = ""
        ) -> NodeProcess:
            folder = tmp_path / name
            new = not folder.exists()
            folder.mkdir(exist_ok=True)
            environment = {
                "SENTINEL": url,
                "PROCESSES": str(processes),
                "SIMULATION": "gated:run" if gated else simulation.DEFAULT,
                "GATE": str(gate.port),
                "COMPUTE": program,
            }
            process = NodeProcess(folder, environment)
            stack.callback(process.remove)
            if new:
                database.claim(process.says("claim code: ").split("claim code: ")[1], processes)
            process.says("is online")
            return process

        yield start


def done(database: Any, job: str) -> dict[str, Any]:
    result: dict[str, Any] = database.until(
        "select result from public.jobs where id = %s and status = 'completed'", job
    )
    return dict(result["result"])


# The loop


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
        process.process.send_signal(signal.SIGTERM)
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
    process.process.send_signal(signal.SIGTERM)
    process.says("stopping")
    with running:
        running.sendall(b"run!")
        assert process.ends() == 0, process.printed
    chunks = database.rows("select seed_offset, status from public.jobs_chunks where status = 'completed'")
    assert chunks == [{"seed_offset": begun["seedOffset"], "status": "completed"}]
    # What it had not begun with is as if it had never been given.
    [back] = database.rows("select status, attempts, error from public.jobs_chunks where status <> 'completed'")
    assert back == {"status": "pending", "attempts": 0, "error": None}


def test_a_node_without_sentinel_keeps_trying_and_stops_when_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    process = NodeProcess(tmp_path, {"SENTINEL": url, "PROCESSES": "1", "SIMULATION": simulation.DEFAULT})
    try:
        for _ in range(2):
            process.says(f"no answer from {url}")
        process.process.send_signal(signal.SIGINT)
        assert process.ends() == 0, process.printed
    finally:
        process.remove()


def test_a_node_that_was_forgotten_registers_anew(sentinel: str, database: Any, tmp_path: Path) -> None:
    process = NodeProcess(tmp_path, {"SENTINEL": sentinel, "PROCESSES": "1", "SIMULATION": simulation.DEFAULT})
    try:
        code = process.says("claim code: ").split("claim code: ")[1]
        database.change("delete from public.nodes")
        database.until("select 1 from public.nodes where claim_code = %s", code)
        database.claim(code)
        process.says("node mine is online")
    finally:
        process.remove()


def test_every_call_of_a_client_is_carried_out(sentinel: str, database: Any, tmp_path: Path) -> None:
    """Calls within one second too, which are equal but for their nonce."""

    async def calls() -> list[dict[str, Any]]:
        about = {"hostname": "box", "totalCores": 1, "enabledCores": 1, "platform": "x", "version": "1"}
        async with SentinelClient([sentinel], NodeKey.load_or_make(tmp_path / "config.ini").private) as client:
            answers = []
            for _ in range(5):
                answers.append(await client.post("/nodes/register", about))
                database.change("delete from public.nodes")
            return answers

    assert len({answer["id"] for answer in asyncio.run(calls())}) == 5


def test_a_killed_node_leaves_no_worker_behind(sentinel: str, database: Any, start: Start, gate: Gate) -> None:
    process = start(sentinel, gated=True, processes=2)
    database.submit(2000, baseDps=1)
    workers = [gate.begun()[0] for _ in range(2)]
    process.process.kill()
    for worker in workers:
        with worker:
            assert worker.recv(1) == b""  # its process has ended


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


PROGRAMS = {
    # Ends after each answer; written by somebody who knows no Python of ours.
    "once": """
import json, sys
chunk = json.loads(sys.stdin.readline())
print(json.dumps({"meanDps": 5, "stdDps": 0, "minDps": 5, "maxDps": 5, "iterations": chunk["iterations"]}))
""",
    "stays": """
import json, sys
for line in sys.stdin:
    chunk = json.loads(line)
    result = {"meanDps": 5, "stdDps": 0, "minDps": 5, "maxDps": 5, "iterations": chunk["iterations"]}
    print(json.dumps(result), flush=True)
""",
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_any_program_may_compute(sentinel: str, database: Any, start: Start, tmp_path: Path, kind: str) -> None:
    (tmp_path / "fight").write_text(f"#!{sys.executable}\n{PROGRAMS[kind]}")
    (tmp_path / "fight").chmod(0o755)
    start(sentinel, program=f"'{tmp_path}/fight'")
    job = database.submit(3000, baseDps=1)
    assert done(database, job)["meanDps"] == 5


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("/nowhere/fight", "/nowhere/fight: "),
        ("echo no", "the program's answer is no JSON object"),
        ("echo []", "the program's answer is no JSON object"),
        ("true", "the program ended without an answer, with exit code 0"),
        ("""sh -c 'read line; echo {"\\"error\\"": "\\"no such boss\\""}'""", "no such boss"),
        ("""sh -c 'read line; echo {"\\"meanDps\\"": 1}'""", "the result was refused"),
    ],
)
def test_what_is_wrong_with_a_program_is_said(
    sentinel: str, database: Any, start: Start, program: str, reason: str
) -> None:
    process = start(sentinel, program=program)
    database.submit(1000, baseDps=1)
    assert f"failed: {reason}" in process.says("failed")


def test_the_simulation_gets_the_config_with_its_rotation(
    sentinel: str, database: Any, start: Start, gate: Gate
) -> None:
    rotation = database.as_user(
        "insert into public.rotations (user_id, slug, name, script, spec_id)"
        " values (auth.uid(), 'r', 'R', 'cast fireball', 1) returning id"
    )
    start(sentinel, gated=True)
    config = {"baseDps": 1200.25, "rotationId": str(rotation)}
    database.submit(1000, **config)
    running, begun = gate.begun()
    running.close()
    assert begun["config"] == {**config, "rotation": {"id": str(rotation), "script": "cast fireball"}}


# The key


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    key = NodeKey.load_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert public_key_text(NodeKey.load_or_make(path).private) == public_key_text(key.private)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.ini"]


@pytest.mark.parametrize("text", ["# mine\n[server]\nurl = 100%\n", "[server]\nurl = x"])
def test_what_else_is_in_the_file_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.ini"
    path.write_text(text)
    NodeKey.load_or_make(path)
    assert path.read_text().startswith(text)
    assert path.stat().st_mode & 0o777 == 0o600
    NodeKey.load_or_make(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    NodeKey.load_or_make(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read") as caught:
        NodeKey.load_or_make(path)
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize(
    "text", ["[identity]\n", "[identity]\nprivate_key = x\n", "[identity]\nprivate_key = AAAA\n", "x"]
)
def test_a_broken_file_is_neither_used_nor_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.ini"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        NodeKey.load_or_make(path)
    assert path.read_text() == text


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        NodeKey.load_or_make(tmp_path / "nowhere" / "config.ini")


# The simulation


def test_a_job_has_the_same_result_however_it_is_cut() -> None:
    config = {"baseDps": 500, "damageSpread": 0.3}
    whole = simulate(config, 50, 1000)
    parts = [simulate(config, n, offset) for n, offset in ((20, 1000), (1, 1020), (29, 1021))]
    assert whole == simulate(config, 50, 1000)
    assert sum(p["meanDps"] * p["iterations"] for p in parts) / 50 == pytest.approx(whole["meanDps"], rel=1e-12)
    assert min(p["minDps"] for p in parts) == whole["minDps"]
    assert max(p["maxDps"] for p in parts) == whole["maxDps"]
    squares = sum(p["iterations"] * (p["stdDps"] ** 2 + p["meanDps"] ** 2) for p in parts) / 50
    assert (squares - whole["meanDps"] ** 2) ** 0.5 == pytest.approx(whole["stdDps"], rel=1e-6)


def test_the_mean_is_what_the_config_says_it_should_be() -> None:
    assert simulate({}, 400, 0)["meanDps"] == pytest.approx(1000 * 1.25, rel=0.01)
    steady = simulate({"baseDps": 700, "critChance": 0, "damageSpread": 0}, 3, 0)
    assert steady["minDps"] == steady["maxDps"] == pytest.approx(700)


@pytest.mark.parametrize(
    "config",
    [{"baseDps": "much"}, {"baseDps": True}, {"critChance": -1}, {"attackSeconds": 0}, {"fightSeconds": 1e12}],
)
def test_a_config_that_makes_no_fight_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be a number|a fight needs"):
        simulate(config, 1, 0)


@pytest.mark.parametrize("reference", ["", "loop", "nowhere:run", "loop.node.simulation:nothing", "math:pi", ":x"])
def test_a_simulation_that_is_not_there_is_named(reference: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        node.run(node.NodeOptions(("http://127.0.0.1:1",), tmp_path / "config.ini", simulation=reference))
    assert not (tmp_path / "config.ini").exists()


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    fine = node.NodeOptions(("http://127.0.0.1:1",), tmp_path / "config.ini")
    for wrong in ({"interval": 0.0}, {"processes": -1}, {"sentinels": ("127.0.0.1:1",)}):
        with pytest.raises(ConfigError):
            node.run(replace(fine, **wrong))
