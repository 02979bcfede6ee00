"""The whole loop as programs: sentinels, nodes and a database, each of which can be killed, stopped or cut off."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from loop.node.simulation import simulate
from tests.conftest import missing
from tests.support.system import Row, change_settings, create_job, new_user, rows, value

LOOP = Path(sys.executable).with_name("loop")
# Long enough for a node to be killed in the middle of it.
SIMULATION = """
import time
from loop.node.simulation import simulate

def run(config, iterations, seed_offset):
    time.sleep(0.05)
    return simulate(config, iterations, seed_offset)

def lie(config, iterations, seed_offset):
    figures = run(config, iterations, seed_offset)
    return {**figures, "meanDps": figures["meanDps"] + 0.1 * figures["stdDps"], "maxDps": 2 * figures["maxDps"]}

def crash(config, iterations, seed_offset):
    raise RuntimeError("out of memory")
"""
# What every program imports first.
CLOCK = """
import os, time

if ahead := float(os.environ.get("CLOCK_AHEAD", "0")):
    time.time = lambda now=time.time: now() + ahead
"""
CONFIG: Row = {"baseDps": 900, "fightSeconds": 3}
CHUNK = 20


class Loop:
    """Programs around a durable database; every address stays what it was when its program is started again."""

    def __init__(self, shadow: Shadow, folder: Path, stack: ExitStack) -> None:
        self.shadow = shadow
        self.database = shadow.create()
        alembic_env.upgrade(Project.find(Path(__file__).parent), self.database)
        self._folder = folder
        self._stack = stack
        self.sentinels: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}
        self.nodes: dict[int, subprocess.Popen[bytes]] = {}
        self.killed = 0
        (folder / "fights.py").write_text(SIMULATION)
        (folder / "sitecustomize.py").write_text(CLOCK)
        with self.connect() as conn:
            conn.execute("create role sentinel login in role service_role")
            change_settings(
                conn,
                chunk_size=CHUNK,
                stale_after="3 seconds",
                offline_after="3 seconds",
                reap_every="1 second",
                offline_every="1 second",
                max_attempts=1000,
            )
            self.user = new_user(conn)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.database.replace("postgres@", f"{ADMIN}@"), autocommit=True)

    def start_sentinel(
        self,
        name: str,
        database: str = "",
        host: str = "127.0.0.1",
        *prefix: str,
        ready: bool = True,
        clock_ahead: float = 0,
    ) -> None:
        """Start it, or start it again where it was; return once it is ready, or at once."""
        url = self.sentinels[name][0] if name in self.sentinels else f"http://{host}:{free_port()}"
        port = url.rsplit(":", 1)[1]
        database = database or self.database.replace("postgres@", "sentinel@")
        words = (*prefix, str(LOOP), "sentinel", "--db-url", database, "--host", host, "--port", port)
        self.sentinels[name] = (url, self._start(name, *words, clock_ahead=clock_ahead))
        if ready:
            self.until(lambda: answers(url))

    def start_node(self, number: int, simulation: str = "run", owner: str | None = None) -> None:
        """Start it, or start it again with the same key; a new one is claimed by its owner, or by who submits."""
        new = number not in self.nodes
        words = [word for url, _ in self.sentinels.values() for word in ("--sentinel", url)]
        words += ["--processes", "1", "--heartbeat", "1", "--config", str(self._folder / f"{number}.ini")]
        self.nodes[number] = self._start(
            f"node {number}", str(LOOP), "node", *words, "--simulation", f"fights:{simulation}"
        )
        if new:
            claim = "update public.nodes set user_id = %s, claim_code = null where user_id is null"
            with self.connect() as conn:
                self.until(lambda: conn.execute(claim, [owner or self.user]).rowcount == 1)

    def submit(self, chunks: int, *, access: str = "private", replication: str = "none") -> None:
        with self.connect() as conn:
            create_job(conn, self.user, CHUNK * chunks, config=CONFIG, access=access, replication=replication)

    def kill_node(self, number: int) -> None:
        self.nodes[number].kill()
        self.nodes[number].wait()
        self.killed += 1
        self.start_node(number)

    def kill_sentinel(self, name: str) -> None:
        self.sentinels[name][1].kill()
        self.sentinels[name][1].wait()

    def leader(self) -> str:
        """The sentinel that leads, or nothing."""
        for name, (url, _) in self.sentinels.items():
            try:
                if httpx.get(url + "/status", timeout=2).json()["leader"]:
                    return name
            except httpx.TransportError:
                continue
        return ""

    def completed(self) -> int:
        with self.connect() as conn:
            return int(value(conn, "select count(*) from public.jobs_chunks where status = 'completed'"))

    def until_completed(self, chunks: int) -> None:
        self.until(lambda: self.completed() >= chunks)

    def open_jobs(self) -> int:
        with self.connect() as conn:
            return int(value(conn, "select count(*) from public.jobs where status in ('pending', 'running')"))

    def outcome(self) -> dict[str, int]:
        """What must be zero: jobs without their end, chunks not counted once, results unlike a recomputation."""
        with self.connect() as conn:
            jobs = rows(
                conn,
                "select status, completed_iterations, total_iterations, result from public.jobs "
                "where replication <> 'copy'",
            )
        whole = {one["total_iterations"]: simulate(CONFIG, one["total_iterations"], 0) for one in jobs}
        wrong = 0
        for one in jobs:
            offline = whole[one["total_iterations"]]
            same = one["result"] is not None and all(
                one["result"][key] == pytest.approx(offline[key], rel=1e-9) for key in ("meanDps", "minDps", "maxDps")
            )
            wrong += not same
        return {
            "jobs_not_ended": sum(one["status"] != "completed" for one in jobs),
            "chunks_not_counted_once": sum(
                abs(one["completed_iterations"] - one["total_iterations"]) // CHUNK
                + abs((one["result"] or {}).get("chunksCompleted", 0) - one["total_iterations"] // CHUNK)
                for one in jobs
            ),
            "results_unlike_the_recomputation": wrong,
        }

    def until(self, condition: Callable[[], bool], seconds: float = 90) -> None:
        """Look until it is so, whatever goes down in the meantime."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except psycopg.OperationalError:
                pass  # the server is down
            if time.monotonic() > deadline:
                logs = [f"{log.name}: {log.read_text()[-600:]}" for log in self._folder.glob("*.log")]
                raise AssertionError("\n".join(["nothing moves any more", *logs]))
            time.sleep(0.05)

    def _start(self, name: str, *words: str, clock_ahead: float = 0) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(self._folder), "CLOCK_AHEAD": str(clock_ahead)}
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, env=environment)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Loop]:
    """A loop without programs yet."""
    shadow = Shadow(durable=True, port=0)
    shadow.server.settings.update(settings)
    with shadow, ExitStack() as stack:
        yield Loop(shadow, folder, stack)


class Cable:
    """A network of two: `near` is this machine, `far` a network namespace; it can be cut without a word to either."""

    def __init__(self, namespace: str, number: int) -> None:
        self._device = f"{namespace}-{number}"
        subnet = f"10.213.{secrets.randbelow(250) + 1}"
        self.near, self.far = f"{subnet}.1", f"{subnet}.2"
        ip("link", "add", self._device, "type", "veth", "peer", "name", f"eth{number}", "netns", namespace)
        ip("addr", "add", f"{self.near}/24", "dev", self._device)
        ip("link", "set", self._device, "up")
        ip("-n", namespace, "addr", "add", f"{self.far}/24", "dev", f"eth{number}")
        ip("-n", namespace, "link", "set", f"eth{number}", "up")

    def cut(self) -> None:
        ip("link", "set", self._device, "down")

    def mend(self) -> None:
        ip("link", "set", self._device, "up")


@contextmanager
def namespace() -> Iterator[str]:
    """A network namespace; its end takes the cables with it."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces take root")
    name = f"dbt{secrets.token_hex(3)}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        missing(f"no network namespaces here: apt-get install iproute2 ({error})")
    try:
        yield name
    finally:
        ip("netns", "del", name)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        return httpx.get(url + "/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
