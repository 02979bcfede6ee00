"""Queues that others use, from their packages: pgmq, graphile-worker, pg-boss. No line of theirs is kept here.

pgmq is SQL functions. The other two send statements from within a program: they are asked for these (packages.mjs), and
everybody's go through the same session, prepared.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from bench.peers.queue import COUNT, COUNTER, HERE, PAYLOAD, Queue, report
from bench.peers.wire import Row, Session, array

BATCHES = (1, 50)
PGMQ = "pgmq==1.1.4"
PYTHON_PACKAGES = HERE / "node_modules/.python"


class UnavailableError(RuntimeError):
    """The package is not there, and why."""


def fetch() -> None:
    """Get the packages, from npm and PyPI, into this folder.

    Raises:
        UnavailableError: npm is missing, or could not.
    """
    if not (HERE / "node_modules/pg-boss").exists():
        _run(
            [
                "npm",
                "install",
                "--no-fund",
                "--no-audit",
                "--no-package-lock",
                "--loglevel=error",
                "--prefix",
                str(HERE),
            ]
        )
    if not PYTHON_PACKAGES.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(PYTHON_PACKAGES), PGMQ]
        _run(pip)


class Pgmq(Queue):
    """`pgmq.send_batch`, `read`, and `delete`, the way to finish that its documentation names first."""

    name = "pgmq"
    UNFINISHED = WAITING = "select count(*) from pgmq.q_bench"

    def install(self, session: Session, url: str) -> None:
        """The file of the package on PyPI."""
        del url
        found = next(PYTHON_PACKAGES.glob("pgmq/sql/pgmq.sql"), None)
        if found is None:
            raise UnavailableError(f"{PGMQ} could not be had from PyPI")
        [package] = importlib.metadata.distributions(name="pgmq", path=[str(PYTHON_PACKAGES)])
        self.version = package.version
        session.script(found.read_text())
        session.script(f"select pgmq.create('bench'); {COUNTER}")

    def prepare(self, session: Session) -> None:
        """One call for each operation."""
        messages = f"(select array_agg({PAYLOAD}) from generate_series(1, $1::int) as g)"
        session.prepare("create", f"select count(*) from pgmq.send_batch('bench', {messages})")
        session.prepare("claim", "select msg_id, message from pgmq.read('bench', 600, $1::int)")
        done = "select 1 from pgmq.delete('bench', $1::bigint[])"
        session.prepare("complete", f"select count(*) from ({done}) as d")
        session.prepare(
            "complete and count", f"with finished as materialized ({done}) {COUNT.format(total='$2::bigint')}"
        )

    def clear(self, session: Session) -> None:
        """Truncated."""
        session.script("truncate pgmq.q_bench; update counter set done = 0, total = 0")

    def create(self, session: Session, chunks: int) -> None:
        """`send_batch`."""
        session.run("create", b"%d" % chunks)

    def claim(self, session: Session, limit: int) -> list[Row]:
        """`read`."""
        return session.rows("claim", b"%d" % limit)

    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """`delete`."""
        ids = array([chunk[0] for chunk in chunks])
        if counted:
            session.run("complete and count", ids, b"%d" % sum(figures))
            return len(chunks)
        return int(session.rows("complete", ids)[0][0])

    def abandon(self, session: Session) -> None:
        """Read, an hour ago."""
        session.script("update pgmq.q_bench set vt = now() - interval '1 hour', read_ct = 1")

    def rescue(self, session: Session) -> None:
        """There is nobody who takes back: the next `read` gets what is over."""
        session.run("claim", session.value(self.WAITING).encode())


class _FromNpm(Queue):
    """A library's own statements."""

    said: dict[str, Any]

    def _ask(self, url: str) -> None:
        node = shutil.which("node")
        if node is None or not (HERE / "node_modules").exists():
            raise UnavailableError("needs node and npm")
        batches = [str(batch) for batch in BATCHES]
        self.said = json.loads(_run([node, str(HERE / "packages.mjs"), self.name, url, *batches]).splitlines()[-1])
        self.version = self.said["version"]


class Graphile(_FromNpm):
    """`add_jobs`, and what the library sends to get, complete and reset jobs. It deletes what is done."""

    name = "graphile"
    UNFINISHED = "select count(*) from graphile_worker._private_jobs"
    WAITING = "select count(*) from graphile_worker._private_jobs where locked_at is null"

    def install(self, session: Session, url: str) -> None:
        """By its own migrations."""
        self._ask(url)
        session.script(f"insert into graphile_worker._private_tasks (identifier) values ('bench'); {COUNTER}")

    def prepare(self, session: Session) -> None:
        """The library's statements."""
        specs = (
            f"(select array_agg(row('bench', {PAYLOAD}::json, null, null, null, null, null, null)"
            "::graphile_worker.job_spec) from generate_series(1, $1::int) as g)"
        )
        session.prepare("create", f"select count(*) from graphile_worker.add_jobs({specs})")
        for batch, statement in self.said["claim"].items():
            session.prepare(f"claim {batch}", statement)
        for name in ("completeOne", "completeMany"):
            session.prepare(name, self.said[name])
            counted = f"with finished as ({self.said[name]} returning 1) {COUNT.format(total='$2::bigint')}"
            session.prepare(f"{name} and count", counted)
        session.prepare("rescue", self.said["rescue"])
        self._task = session.value("select id from graphile_worker._private_tasks where identifier = 'bench'").encode()

    def clear(self, session: Session) -> None:
        """Truncated."""
        session.script("truncate graphile_worker._private_jobs; update counter set done = 0, total = 0")

    def create(self, session: Session, chunks: int) -> None:
        """`add_jobs`."""
        session.run("create", b"%d" % chunks)

    def claim(self, session: Session, limit: int) -> list[Row]:
        """As the library does for a pool of workers."""
        return session.rows(f"claim {limit}", b"bench", array([self._task]))

    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """As the library does, for one or for many."""
        one = len(chunks) == 1
        name = "completeOne" if one else "completeMany"
        ids = chunks[0][0] if one else array([chunk[0] for chunk in chunks])
        if counted:
            session.run(f"{name} and count", ids, b"%d" % sum(figures))
            return len(chunks)
        return session.run(name, ids).command_tuples or 0

    def abandon(self, session: Session) -> None:
        """Its patience is four hours."""
        session.script(
            "update graphile_worker._private_jobs set locked_at = now() - interval '5 hours', locked_by = 'gone', "
            "run_at = now() - interval '6 hours'"
        )

    def rescue(self, session: Session) -> None:
        """As the library does now and then."""
        session.run("rescue")


class PgBoss(_FromNpm):
    """The statements of its plans: insert, fetch, complete with outputs, fail by time-out. It keeps what is done."""

    name = "pgboss"
    keeps = "result"
    UNFINISHED = "select count(*) from pgboss.job where name = 'bench' and state <> 'completed'"
    WAITING = "select count(*) from pgboss.job where name = 'bench' and state in ('created', 'retry')"
    SUM = (
        "select count(*) || ' ' || sum((output ->> 'figure')::bigint) from pgboss.job "
        "where name = 'bench' and state = 'completed' and created_on > '2000-01-01'"
    )

    def install(self, session: Session, url: str) -> None:
        """By the library."""
        self._ask(url)
        session.script(COUNTER)

    def prepare(self, session: Session) -> None:
        """Its statements; the library sends them unprepared."""
        jobs = f"(select json_agg(json_build_object('data', {PAYLOAD})) from generate_series(1, $1::int) as g)::text"
        session.prepare("create", self.said["create"].replace("$1::text", jobs))
        for batch, statement in self.said["claim"].items():
            session.prepare(f"claim {batch}", statement)
        session.prepare("complete", self.said["complete"])
        head, _, last = self.said["complete"].upper().rpartition("SELECT COUNT(*)")
        if not last:
            raise UnavailableError("its statements are not those that this file knows")
        common = self.said["complete"][: len(head)].rstrip()
        counted = f"{common}, finished as (select 1 from results) {COUNT.format(total='$3::bigint')}"
        session.prepare("complete and count", counted)

    def clear(self, session: Session) -> None:
        """Truncated."""
        session.script("truncate pgboss.job; update counter set done = 0, total = 0")

    def create(self, session: Session, chunks: int) -> None:
        """`insertJobs`."""
        session.run("create", b"%d" % chunks)

    def claim(self, session: Session, limit: int) -> list[Row]:
        """`fetchNextJob`."""
        return session.rows(f"claim {limit}")

    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """`completeJobsWithOutputs`."""
        # The fourth column of what is fetched says how often it was tried: without it a completion is for nobody.
        entries = json.loads(report(chunks, figures, result_key=b"output"))
        for entry, chunk in zip(entries, chunks, strict=True):
            entry["retry_count"] = int(chunk[3])
        body = json.dumps(entries).encode()
        if counted:
            session.run("complete and count", b"bench", body, b"%d" % sum(figures))
            return len(chunks)
        return int(session.rows("complete", b"bench", body)[0][0])

    def abandon(self, session: Session) -> None:
        """Fetched an hour ago."""
        session.script(
            "update pgboss.job set state = 'active', started_on = now() - interval '1 hour', expire_seconds = 900, "
            "retry_limit = 1000 where name = 'bench'"
        )

    def rescue(self, session: Session) -> None:
        """`failJobsByTimeout`, again until nothing is left."""
        while session.value("select count(*) from pgboss.job where state = 'active'") != "0":
            session.script(self.said["rescue"])


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except OSError as error:
        raise UnavailableError(str(error)) from error
    if done.returncode:
        raise UnavailableError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout
