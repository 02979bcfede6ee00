"""A sentinel under load: a thousand simulated nodes on loopback that send heartbeats, wait for work and complete it.

The sentinel is a process of its own, the nodes share another one, and both say afterwards how much processor time they
took, beside Postgres.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from bench.contender import RESULT
from bench.crowd import Node, drive, drive_in_turn
from bench.processor import family, processor_seconds
from bench.stages import SETTINGS
from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project


@dataclass(frozen=True)
class Size:
    """How many nodes, requests that are timed one by one, and chunks that are drained."""

    nodes: int = 1000
    beats: int = 5_000
    chunks: int = 5_000


QUICK = Size(nodes=50, beats=500, chunks=300)


class Field:
    """The database, the sentinel and the nodes."""

    def __init__(self, shadow: Shadow, port: int, sentinel: subprocess.Popen[bytes], size: Size) -> None:
        self.size = size
        self.sentinel = sentinel
        self.shadow = shadow
        self.admin = psycopg.connect(shadow.url(user=ADMIN), autocommit=True)
        self.direct = psycopg.connect(shadow.url(user="sentinel"), autocommit=True)
        self.direct.execute("set role service_role")
        self.user = "00000000-0000-4000-8000-000000000001"
        self.admin.execute("insert into auth.users (id, email) values (%s, 'load@example.test')", [self.user])
        self.nodes = [Node(port) for _ in range(size.nodes)]
        self.requests: list[tuple[Node, bytes]] = []
        self.admin.cursor().executemany(
            "insert into public.nodes (user_id, public_key, max_parallel, total_cores) values (%s, %s, 4, 4)",
            [(self.user, node.public) for node in self.nodes],
        )

    def check(self) -> None:
        """See that every chunk is done, and every job has the sum of its own.

        Raises:
            RuntimeError: it is not so.
        """
        [(open_chunks, wrong_jobs)] = self.admin.execute(
            "select (select count(*) from public.jobs_chunks where status <> 'completed'), "
            "(select count(*) from public.jobs where status <> 'completed' or completed_iterations <> total_iterations)"
        )
        if open_chunks or wrong_jobs:
            raise RuntimeError(f"{open_chunks} chunks are not done, {wrong_jobs} jobs have a wrong sum")

    def submit(self, chunks: int) -> None:
        """A job of the nodes' owner."""
        with self.admin.transaction():
            claims = json.dumps({"sub": self.user, "role": "authenticated"})
            self.admin.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            self.admin.execute("set local role authenticated")
            self.admin.execute("select public.create_job('{\"baseDps\": 1200}', %s)", [1000 * chunks])

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far: of this process, of the sentinel, of Postgres with all its backends."""
        postmaster = int((self.shadow.server.base / "data/postmaster.pid").read_text().split()[0])
        mine = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "nodes": mine.ru_utime + mine.ru_stime,
            "sentinel": processor_seconds(self.sentinel.pid)[0],
            "Postgres": sum(processor_seconds(pid)[1 if pid == postmaster else 0] for pid in family(postmaster)),
        }

    def beats(self) -> list[float]:
        """Seconds of each heartbeat that waits for nothing, 64 at the same time."""
        return drive_in_turn(self.requests, 64)

    def sign_beats(self) -> None:
        """Make the heartbeats that are to be sent: not part of what is measured."""
        fields: dict[str, Any] = {"running": [], "attempts": []}
        turn = islice(cycle(self.nodes), self.size.beats)
        self.requests = [(node, node.request("/nodes/heartbeat", fields)) for node in turn]

    def hands(self) -> list[float]:
        """Seconds from a chunk's assignment (its transaction's beginning) until its idle, waiting node has it."""
        arrived: dict[str, float] = {}
        fields = {"running": [], "attempts": [], "wait": 30}

        results: list[tuple[Node, bytes]] = []

        def then(node: Node, body: bytes) -> bytes | None:
            now = time.time()
            for chunk in json.loads(body)["chunks"]:
                arrived[chunk["chunkId"]] = now
                results.append((node, node.request("/chunks/complete", _completion(chunk))))
            return None

        submit = threading.Timer(2.0, self.submit, [len(self.nodes)])
        submit.start()
        drive([(node, node.request("/nodes/heartbeat", fields)) for node in self.nodes], then)
        submit.join()
        drive(results, lambda _, __: None)
        claimed = self.admin.execute(
            "select id::text, extract(epoch from claimed_at)::float8 from public.jobs_chunks "
            "where id = any(%s::uuid[])",
            [list(arrived)],
        )
        return [arrived[chunk] - at for chunk, at in claimed]

    def drain(self) -> float:
        """Seconds for all chunks of a job through heartbeats that wait and completions one by one."""
        left = self.size.chunks
        held: dict[Node, list[dict[str, Any]]] = {node: [] for node in self.nodes}
        ended = 0.0

        def beat(node: Node) -> bytes:
            return node.request("/nodes/heartbeat", {"attempts": [], "wait": 1})

        def then(node: Node, body: bytes) -> bytes | None:
            nonlocal left, ended
            answer = json.loads(body)
            if "chunks" in answer:
                held[node] = answer["chunks"]
            else:
                left -= answer["outcome"] == "accepted"
                if left == 0:
                    ended = time.perf_counter()
            if held[node]:
                return node.request("/chunks/complete", _completion(held[node].pop()))
            return beat(node) if left > 0 else None

        self.submit(self.size.chunks)
        began = time.perf_counter()
        drive([(node, beat(node)) for node in self.nodes], then)
        return ended - began

    def drain_in_one_call(self, nodes: int, each: int) -> float:
        """Seconds for all chunks of a job through `POST /nodes/work`, by so many nodes that hold so many at a time.

        They end with the last result that is written: its answer may wait for work that does not come.
        """
        chosen = self.nodes[:nodes]
        self.admin.execute(
            "update public.nodes set max_parallel = %s, total_cores = %s, quota = %s, "
            "status = case when public_key = any(%s) then 'online' else 'offline' end",
            [each, each, each, [node.public for node in chosen]],
        )
        left, known = self.size.chunks, set[str]()
        idle = {"running": [], "attempts": [], "wait": 5}

        def then(node: Node, body: bytes) -> bytes | None:
            nonlocal left
            answer = json.loads(body)
            left -= sum(one["outcome"] == "accepted" for one in answer["results"])
            if left <= 0:
                return None
            known.update(answer["configs"])
            results = [_completion(chunk) for chunk in answer["chunks"]]
            return node.request("/nodes/work", {**idle, "inputs": [*known], "results": results})

        self.submit(self.size.chunks)
        began = time.time()
        drive([(node, node.request("/nodes/work", {**idle, "inputs": [*known]})) for node in chosen], then)
        self.admin.execute("update public.nodes set max_parallel = 4, total_cores = 4, status = 'online'")
        [(ended,)] = self.admin.execute("select extract(epoch from max(completed_at))::float8 from public.jobs_chunks")
        return float(ended - began)

    def drain_directly(self, batch: int) -> float:
        """Seconds for as many chunks by `assign_chunks` and `complete_chunks` over one connection; the nodes rest.

        The sentinel hears of the chunks as well, so what it has assigned is completed too.
        """
        self.submit(self.size.chunks)
        began = time.perf_counter()
        left = self.size.chunks
        while left > 0:
            chunks = self.direct.execute(
                "select chunk_id::text, node_id::text, attempt_token::text from public.assign_chunks(%s)", [1000]
            ).fetchall()
            held = self.direct.execute(
                "select id::text, node_id::text, attempt_token::text from public.jobs_chunks where status = 'running'"
            ).fetchall()
            for start in range(0, len(held), batch):
                entries = [
                    {"chunkId": chunk, "nodeId": node, "attemptToken": token, "result": RESULT}
                    for chunk, node, token in held[start : start + batch]
                ]
                self.direct.execute("select public.complete_chunks(%s::jsonb)", [json.dumps(entries)]).fetchall()
            left -= len(held)
            if not chunks and not held:
                time.sleep(0.001)
        return time.perf_counter() - began


def main(size: Size) -> None:
    """Measure, and print what came out."""
    with _field(size) as field:
        _measure(field)


def _measure(field: Field) -> None:
    table = Table(title=f"one sentinel, {field.size.nodes:,} nodes")
    for column in ("what", "figure", "p50", "p99", "processor µs each"):
        table.add_column(column, justify="left" if column == "what" else "right")

    def line(what: str, each: int, work: Callable[[], Any], figure: Callable[[Any, float], Sequence[str]]) -> Any:
        before, began = field.cpu(), time.perf_counter()
        found = work()
        seconds = time.perf_counter() - began
        spent = ", ".join(f"{who} {(now - before[who]) / each * 1e6:,.0f}" for who, now in field.cpu().items())
        table.add_row(what, *figure(found, seconds), spent)
        return found

    size = field.size
    field.sign_beats()
    field.beats()  # connects everybody
    field.sign_beats()
    line(
        "heartbeats, 64 at once",
        size.beats,
        field.beats,
        lambda taken, s: (f"{len(taken) / s:,.0f}/s", *_points(taken)),
    )
    hands = "from assignment to an idle node's hands"
    line(hands, size.nodes, field.hands, lambda taken, _: ("", *_points(taken)))
    rate: Callable[[float, float], Sequence[str]] = lambda seconds, _: (f"{size.chunks / seconds:,.0f}/s", "", "")  # noqa: E731
    line("chunks, two calls each", size.chunks, field.drain, rate)
    through = line("chunks, one call each", size.chunks, lambda: field.drain_in_one_call(size.nodes, 1), rate)
    line("chunks, ten in a call", size.chunks, lambda: field.drain_in_one_call(max(size.nodes // 10, 1), 10), rate)
    for batch in (1, 50):
        direct = line(
            f"complete_chunks called directly, {batch} at a time",
            size.chunks,
            lambda batch=batch: field.drain_directly(batch),  # type: ignore[misc]
            rate,
        )
        table.add_row("", f"one call over it: {through / direct:.2f}", "", "", "")
    field.check()
    table.add_row("answered 503, and sent again", f"{sum(node.refused for node in field.nodes):,}", "", "", "")
    for node in field.nodes:
        node.close()
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)


@contextmanager
def _field(size: Size) -> Iterator[Field]:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    shadow = Shadow(durable=True)
    shadow.server.settings.update(SETTINGS)
    with shadow:
        alembic_env.upgrade(Project.find(Path(__file__).parent), shadow.url())
        with psycopg.connect(shadow.url(user=ADMIN)) as conn:
            conn.execute("create role sentinel login in role service_role")
        command = [str(Path(sys.executable).with_name("loop")), "sentinel", "--port", "0"]
        command += ["--db-url", shadow.url(user="sentinel")]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as sentinel:
            try:
                assert sentinel.stderr is not None  # noqa: S101 -- a pipe
                port = int(sentinel.stderr.readline().decode().rsplit(":", 1)[1])
                yield Field(shadow, port, sentinel, size)
            finally:
                sentinel.kill()


def _completion(chunk: dict[str, Any]) -> dict[str, Any]:
    return {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"], "result": RESULT}


def _points(taken: Sequence[float]) -> tuple[str, str]:
    ordered = sorted(taken)
    return tuple(f"{ordered[int(len(ordered) * share)] * 1000:,.1f} ms" for share in (0.5, 0.99))  # type: ignore[return-value]
