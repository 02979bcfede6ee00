"""The hot statements read what they handle, whatever has been finished before: no plan of theirs depends on history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.figures.counts import FULL
from tests.support import system
from tests.support.system import Row

HISTORY = 1_000_000 if FULL else 30_000
HANDLED = 50

READ = """
    select relname, seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows
    from pg_stat_xact_user_tables where relname in ('jobs', 'jobs_chunks')"""

# As superuser and replica: no trigger, no foreign key, so the history is there in a second.
FINISHED_JOBS = """
    insert into public.jobs (user_id, config_hash, total_iterations, completed_iterations, status, result, completed_at)
    select u.id, 'old', 10000, 10000, 'completed', '{}', now()
    from (select id from auth.users limit 1) as u cross join generate_series(1, %s)"""
OPEN_JOBS = """
    insert into public.jobs (user_id, config_hash, total_iterations, status)
    select %s, 'old', 10000, 'running' from generate_series(1, %s)"""
FINISHED_CHUNKS = """
    insert into public.jobs_chunks (
      job_id, config_hash, iterations, seed_offset, status, node_id, claimed_at, completed_at, attempts, result
    )
    select j.id, 'old', 1000, 1000 * g, 'completed', n.id, now(), now(), 1, %s
    from public.jobs as j
    cross join generate_series(0, 9) as g
    cross join (select id from public.nodes limit 1) as n
    where j.config_hash = 'old'"""


@dataclass(frozen=True)
class Cost:
    """Of one statement and all that it called and triggered: rows read, buffers touched, scans of all chunks."""

    chunks: int
    jobs: int
    buffers: int
    scans: int


@dataclass(frozen=True)
class System:
    """A session, a user with nodes of ample room, and some history."""

    conn: psycopg.Connection
    user: str

    def create(self, chunks: int) -> None:
        system.create_job(self.conn, self.user, 1000 * chunks)

    def cost(self, role: str, statement: str, *parameters: object) -> Cost:
        with acting_as(self.conn, role, {"sub": self.user}):
            before = self._read()
            [[explained]] = self.conn.execute(
                f"explain (analyze, buffers, format json) {statement}".encode(), parameters
            ).fetchall()
            after = self._read()
        plan: dict[str, Any] = explained[0]["Plan"]
        return Cost(
            chunks=after["jobs_chunks"][1] - before["jobs_chunks"][1],
            jobs=after["jobs"][1] - before["jobs"][1],
            buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
            scans=after["jobs_chunks"][0] - before["jobs_chunks"][0],
        )

    def _read(self) -> dict[str, tuple[int, int]]:
        return {str(row["relname"]): (row["seq_scan"], row["rows"]) for row in system.rows(self.conn, READ)}


def create(db: System) -> Cost:
    return db.cost("authenticated", "select public.create_job(%s, %s)", json.dumps({"specId": 1}), 1000 * HANDLED)


def assign(db: System) -> Cost:
    for _ in range(5):
        db.create(HANDLED // 5)
    return db.cost("service_role", "select * from public.assign_chunks(%s)", HANDLED)


def assign_one_node(db: System) -> Cost:
    db.create(HANDLED)
    return db.cost("service_role", "select * from public.assign_chunks(%s, %s)", HANDLED, _one_node(db))


def complete(db: System) -> Cost:
    db.create(HANDLED + 10)
    return _complete(db)


def complete_the_last(db: System) -> Cost:
    db.create(HANDLED)
    return _complete(db)


def _complete(db: System) -> Cost:
    entries: list[Row] = [system.entry(chunk) for chunk in system.assign(db.conn, HANDLED)]
    assert len(entries) == HANDLED
    return db.cost("service_role", "select * from public.complete_chunks(%s)", json.dumps(entries))


def tell(db: System) -> Cost:
    db.create(HANDLED)
    [node] = {str(chunk["node_id"]) for chunk in system.assign(db.conn, HANDLED, _one_node(db))}
    return db.cost("service_role", "select * from public.chunks_of_node(%s, '{}', '{}')", node)


def _one_node(db: System) -> str:
    return str(system.value(db.conn, "select id from public.nodes limit 1"))


def reap(db: System) -> Cost:
    db.create(HANDLED)
    assert len(system.assign(db.conn, HANDLED)) == HANDLED
    [columns] = system.rows(
        db.conn,
        "select string_agg(format('%%1$I = %%1$I - interval ''2 days''', attname), ', ') as aged from pg_attribute "
        "where attrelid = 'public.jobs_chunks'::regclass and atttypid = 'timestamptz'::regtype "
        "and attnum > 0 and not attisdropped",
    )
    db.conn.execute(f"update public.jobs_chunks set {columns['aged']} where status = 'running'".encode())
    return db.cost("service_role", "select public.reap_stale_chunks()")


# How often each may read the row of a chunk that it handles: to find it, to lock it, to judge it, to change it and to
# answer for it. A plan that reads what is finished, or every chunk for every other, reads thousands of rows more.
HOT: dict[Callable[[System], Cost], int] = {
    create: 1,
    assign: 6,
    assign_one_node: 6,
    complete: 6,
    complete_the_last: 8,
    reap: 6,
    tell: 1,
}


@pytest.fixture
def build(head_url: str, connect: Connect) -> Callable[[int, bool, str], System]:
    """Make a system with that much history, analyzed or not, whose functions cache plans of that kind."""
    admin = connect(head_url, user="supabase_admin")
    conn = connect(head_url)

    def make(history: int, analyzed: bool, plans: str) -> System:
        user = system.new_user(conn)
        for _ in range(4):
            system.new_node(conn, user, capacity=60)
        conn.execute("insert into public.jobs_configs (hash, config) values ('old', '{}')")
        admin.execute("set session_replication_role = replica")
        admin.execute(FINISHED_JOBS.encode(), [history // 10])
        admin.execute(FINISHED_CHUNKS.encode(), [json.dumps(system.result(1000))])
        if analyzed:
            admin.execute("vacuum analyze")
        conn.execute(f"set plan_cache_mode = {plans}".encode())
        return System(conn, user)

    return make


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("analyzed", [True, False], ids=["analyzed", "never analyzed"])
@pytest.mark.parametrize("statement", HOT, ids=lambda statement: statement.__name__)
def test_a_hot_statement_reads_what_it_handles_and_no_history(
    statement: Callable[[System], Cost],
    analyzed: bool,
    plans: str,
    build: Callable[[int, bool, str], System],
) -> None:
    cost = statement(build(HISTORY, analyzed, plans))
    assert cost.scans == 0, cost
    assert cost.chunks <= HOT[statement] * HANDLED, cost
    # A job is read for each of its chunks at worst, and for that only once or twice. A table of jobs that was never
    # analyzed the planner may take for a small one and read it whole; that soon passes, and jobs are few beside chunks.
    if analyzed:
        assert cost.jobs <= 3 * HANDLED, cost
    # Of every hundred most are descents of indexes: for each read, and for the new row's entry in each index.
    assert cost.buffers <= 100 * HANDLED, cost


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
def test_an_assignment_reads_what_it_hands_out_however_much_waits(
    plans: str, build: Callable[[int, bool, str], System]
) -> None:
    db = build(1000, True, plans)
    db.create(10_000)
    cost = db.cost("service_role", "select * from public.assign_chunks(%s)", HANDLED)
    assert cost.scans == 0, cost
    # Twice the limit is read of what waits (a user may have nothing more), and a few times what is handed out.
    assert cost.chunks <= 10 * HANDLED, cost


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
def test_a_completion_reads_the_jobs_that_it_moves_however_many_are_open(
    plans: str, build: Callable[[int, bool, str], System]
) -> None:
    db = build(HISTORY, True, plans)
    # After the statistics, which know of no open job, so that the index of those looks like the shortest way.
    db.conn.execute(OPEN_JOBS.encode(), [system.new_user(db.conn), 2000])
    cost = complete(db)
    assert cost.jobs <= 3 * HANDLED, cost
