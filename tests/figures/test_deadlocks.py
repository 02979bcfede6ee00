"""No two calls ever wait for each other: every pair, in both orders, stopped half-way and let go together."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from dbtools.postgres.shadow import ADMIN
from tests.conftest import Connect
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.sessions import Sent
from tests.support.system import (
    assign,
    change_settings,
    complete,
    create_job,
    entry,
    fail,
    failure,
    new_node,
    new_user,
    result,
    row,
    rows,
)

TABLES = tuple(f"public.{name}" for name in ("jobs_configs", "nodes", "nodes_permissions", "jobs", "jobs_chunks"))
TABLES += tuple(f"private.{name}" for name in ("chunk_failures", "checks", "opinions", "owner_trust"))


@dataclass(frozen=True)
class Call:
    """A call as a client makes it: the role, its user, the statement."""

    role: str
    user: str | None
    statement: str


@dataclass(frozen=True)
class World:
    """The rows that all calls are about, how to have them back, and where a call can be stopped."""

    calls: dict[str, Call]
    gates: tuple[str, ...]
    restore: Callable[[], None]


def saved(table: str) -> str:
    return f"private.saved_{table.split('.')[1]}"


@pytest.fixture
def world(db: psycopg.Connection, head_url: str, connect: Connect) -> Iterator[World]:
    """Two users' jobs on shared nodes: pending, running, overdue and failed chunks, and what is due for cleanup."""
    change_settings(db, chunk_size=10, max_attempts=2, jobs_per_minute=0)
    me, other = new_user(db), new_user(db)
    nodes = [new_node(db, me, capacity=4, allow=("public", None)) for _ in range(3)]
    idle = new_node(db, None, status="pending")
    lost = create_job(db, me, 20, access="public")["jobId"]
    for _ in range(2):
        fail(db, [failure(chunk) for chunk in assign(db)])
    jobs = [
        create_job(db, user, 60, access="public", replication=replication)["jobId"]
        for user, replication in ((me, "none"), (other, "spot"))
    ]
    # Trusted, and not for long: the verdicts on what they computed are due.
    db.execute("insert into private.owner_trust (owner, valid) values (%s, 30)", [me])
    given = [chunk for chunk in assign(db, 10) if str(chunk["job_id"]) in jobs]
    complete(db, [entry(chunk) for chunk in given[:2]])
    done = create_job(db, other, 10, access="public")["jobId"]
    complete(db, [entry(chunk) for chunk in assign(db, 1) if str(chunk["job_id"]) == done])
    held = rows(db, "select id as chunk_id, * from public.jobs_chunks where status = 'running' order by id")
    assert len(held) >= 6, held
    # Half of what is running is overdue, one node is to be marked and one to be deleted; and the last attempt is on.
    overdue = [chunk["chunk_id"] for chunk in held[::2]]
    past = "update public.jobs_chunks set lease_expires_at = '-infinity', attempts = 2 where id = any(%s)"
    db.execute(past, [overdue])
    db.execute("update public.nodes set last_seen_at = now() - interval '10 minutes' where id = %s", [nodes[1]])
    gone = "update public.nodes set last_seen_at = now() - interval '1 year', status = 'offline' where id = %s"
    db.execute(gone, [nodes[2]])
    db.execute("update public.nodes set created_at = '-infinity' where id = %s", [idle])
    db.execute(
        "update public.jobs set completed_at = now() - interval '1 year' where status in ('failed', 'completed')"
    )
    db.execute("insert into public.jobs_configs (hash, config, last_used_at) values ('old', '{}', 'epoch')")

    # Of what was completed, and of what runs, some is disputed.
    db.execute(
        "insert into private.checks (chunk_id, job_id, reason) select id, job_id, 'audit' from public.jobs_chunks "
        "where status = 'completed' or job_id = %s and status = 'running'",
        [jobs[1]],
    )
    for owner, mean in ((me, 1), (uuid.uuid4(), 2), (uuid.uuid4(), 2)):
        db.execute(
            "insert into private.opinions (chunk_id, owner, node_id, result) select chunk_id, %s, %s, %s "
            "from private.checks",
            [owner, nodes[0], json.dumps(result(10, mean))],
        )
        db.execute("insert into private.owner_trust (owner, valid) values (%s, 40) on conflict do nothing", [owner])

    def array(entries: list[dict[str, object]]) -> str:
        return f"'{json.dumps(entries)}'::jsonb"

    good = [entry(chunk, **result(chunk["iterations"])) for chunk in held]
    bad = [failure(chunk) for chunk in held]
    key = row(db, "select public_key from public.nodes where id = %s", nodes[0])["public_key"]
    request = uuid.uuid4()

    def service(statement: str) -> Call:
        return Call("service_role", None, statement)

    def signed_in(statement: str, user: str = me) -> Call:
        return Call("authenticated", user, statement)

    config = '{"specId": 577, "targets": 1}'
    calls = {
        "create_job": signed_in(f"select public.create_job('{config}', 50, p_request_id => '{request}')"),
        "create_job, other user": signed_in(f"select public.create_job('{config}', 50)", other),
        "cancel_job": signed_in(f"select public.cancel_job('{jobs[0]}')"),
        "cancel_job, other user": signed_in(f"select public.cancel_job('{jobs[1]}')", other),
        "retry_job": signed_in(f"select public.retry_job('{lost}')"),
        "delete a job": signed_in(f"delete from public.jobs where id = '{jobs[0]}'"),
        "delete a node": signed_in(f"delete from public.nodes where id = '{nodes[0]}'"),
        "claim_node": signed_in(f"select public.claim_node('{idle}', 'x', 2)"),
        "assign_chunks": service("select * from public.assign_chunks(100)"),
        "assign_chunks, one node": service(f"select * from public.assign_chunks(100, '{nodes[0]}')"),
        "complete_chunks": service(f"select * from public.complete_chunks({array(good)})"),
        "complete_chunks, reversed": service(f"select * from public.complete_chunks({array(good[::-1])})"),
        "fail_chunks": service(f"select * from public.fail_chunks({array(bad)})"),
        "fail_chunks, reversed": service(f"select * from public.fail_chunks({array(bad[::-1])})"),
        "node_heartbeat": service(f"select public.node_heartbeat('{key}')"),
        "settle_checks": service("select public.settle_checks()"),
        "reap_stale_chunks": service("select public.reap_stale_chunks()"),
        "mark_nodes_offline": service("select public.mark_nodes_offline()"),
        "cleanup_stale_data": service("select public.cleanup_stale_data()"),
    }
    # In the midst of what is locked together: all that runs, and what runs on one node.
    of = [[chunk for chunk in held if str(chunk["node_id"]) == node] for node in (nodes[0], nodes[2])]
    chunks = [str(some[len(some) // 2]["chunk_id"]) for some in (held, *of)]
    gates = (
        *(f"select from public.jobs where id = '{job}' for update" for job in (*jobs, lost)),
        *(f"select from public.jobs_chunks where id = '{chunk}' for update" for chunk in chunks),
        *(f"select from public.nodes where id = '{node}' for update" for node in (nodes[0], nodes[2])),
        f"select from public.jobs_configs where config = '{config}' for update",
        *(f"lock table public.{table} in share mode" for table in ("jobs", "jobs_chunks", "nodes", "jobs_configs")),
    )
    # As superuser, so that no trigger moves anything while the rows are put back.
    admin = connect(head_url, user=ADMIN)
    admin.execute("set session_replication_role = replica")
    for table in TABLES:
        admin.execute(f"create table {saved(table)} as table {table}".encode())
    # Chunks lie in the reverse of their key's order: whoever locks them as they lie meets whoever locks them by key.
    order = {"public.jobs_chunks": " order by id desc"}
    back = "; ".join(f"insert into {table} table {saved(table)}{order.get(table, '')}" for table in TABLES)

    def restore() -> None:
        admin.execute(f"truncate {', '.join(TABLES)} cascade; {back}".encode())

    yield World(calls, gates, restore)
    admin.close()


def test_no_two_calls_wait_for_each_other(
    db: psycopg.Connection, world: World, head_url: str, connect: Connect, figure: Figure
) -> None:
    with connect(head_url, user=ADMIN) as admin:
        admin.execute(f"alter database {db.info.dbname} set deadlock_timeout = '100ms'".encode())
    first, second, gatekeeper = connect(head_url), connect(head_url), connect(head_url)
    for conn in (first, second):
        conn.execute("set statement_timeout = '15s'")
    pairs = list(itertools.product(world.calls, repeat=2))
    everywhere = [(pair, gate) for pair in pairs for gate in world.gates]
    # Of the small count each pair meets one gate, and each call, as it comes first, all of them.
    some = [(pair, world.gates[n % len(world.gates)]) for n, pair in enumerate(pairs)]
    deadlocks, stuck, broken = [], [], []
    runs = everywhere if COUNTS.every_gate else some
    for (one, other), gate in runs:
        world.restore()
        with gatekeeper.transaction():
            gatekeeper.execute(gate.encode())
            sent = []
            for conn, name in ((first, one), (second, other)):
                call = world.calls[name]
                sent.append(Sent(conn, call.statement, role=call.role, user=call.user))
                sent[-1].settle(db)
        for running in sent:
            state = running.finish()
            case = f"{one} | {other} | {gate}: {running.message}"
            if state == "40P01":
                deadlocks.append(case)
            elif state == "57014":
                stuck.append(case)
            elif state and not state.startswith("PT4"):
                broken.append(case)
    print("\n".join(sorted({*deadlocks, *stuck, *broken})))
    figure(
        "no deadlock",
        f"{len(world.calls)} calls in pairs, both orders, stopped at {len(world.gates)} places, {len(runs):,} runs",
        deadlocks=len(deadlocks),
        calls_that_hang=len(stuck),
        other_errors=len(broken),
    )
