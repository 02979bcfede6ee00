"""A node as a process of its own, as `loop node` starts it, and simulations that wait to be told."""

from __future__ import annotations

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
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

LOOP = Path(sys.executable).with_name("loop")

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


class NodeProcess:
    """A node in a folder of its own, and the lines that it prints."""

    def __init__(self, folder: Path, *words: str, gate: int = 0) -> None:
        (folder / "gated.py").write_text(GATED)
        self.folder = folder
        self.process = subprocess.Popen(
            [LOOP, "node", "--heartbeat", "0.2", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "GATE": str(gate)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # A daemon, because a program that outlives its node (which is a fault) would keep the output open for ever.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def says(self, text: str, seconds: float = 20) -> str:
        """The next line with this text in it."""
        deadline = time.monotonic() + seconds
        try:
            while (line := self._lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
                self.printed.append(line)
                if text in line:
                    return line
        except queue.Empty:
            pass
        raise AssertionError("\n".join([f"no line with {text!r}:", *self.printed]))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ends(self, seconds: float = 20) -> int:
        """Its exit code; `printed` then holds everything."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        while line := self._lines.get(timeout=seconds):
            self.printed.append(line)
        return code

    def family(self) -> list[psutil.Process]:
        """All that descends from it."""
        return psutil.Process(self.process.pid).children(recursive=True)


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
    """Start a node against a sentinel; it is claimed and online before this returns."""
    with ExitStack() as stack:

        def start(
            url: str, *words: str, name: str = "node", processes: int = 1, gated: bool = False, program: str = ""
        ) -> NodeProcess:
            folder = tmp_path / name
            new = not folder.exists()
            folder.mkdir(exist_ok=True)
            computes = ("--program", program) if program else ("--simulation", "gated:run") if gated else ()
            options = ("--sentinel", url, "--processes", str(processes), *computes, *words)
            node = stack.enter_context(NodeProcess(folder, *options, gate=gate.port))
            if new:
                database.claim(node.says("claim code: ").split("claim code: ")[1], processes)
            node.says("is online")
            return node

        yield start


def done(database: Any, job: str) -> dict[str, Any]:
    """The job's result, once it has one."""
    result: dict[str, Any] = database.until(
        "select result from public.jobs where id = %s and status = 'completed'", job
    )
    return dict(result["result"])


def gone(pids: list[int], seconds: float = 2) -> bool:
    """Whether all these processes have ended within that time, zombies not counted."""
    processes = [process for pid in pids if (process := _process(pid))]
    deadline = time.monotonic() + seconds
    while any(map(_lives, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
