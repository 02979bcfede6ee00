"""Short ways to what nearly every test of the job system needs; all of it through the functions that clients call."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect

T = TypeVar("T")
Row = dict[str, Any]

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
CONFIG: Row = {"specId": 577, "targets": 1}


def rows(conn: psycopg.Connection, statement: str, *parameters: object) -> list[Row]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), parameters).fetchall()


def row(conn: psycopg.Connection, statement: str, *parameters: object) -> Row:
    [found] = rows(conn, statement, *parameters)
    return found


def value(conn: psycopg.Connection, statement: str, *parameters: object) -> Any:
    [found] = row(conn, statement, *parameters).values()
    return found


def change_settings(conn: psycopg.Connection, **settings: object) -> None:
    for name, setting in settings.items():
        conn.execute(f"update private.settings set {name} = %s".encode(), [setting])


def new_user(conn: psycopg.Connection) -> str:
    user = str(uuid.uuid4())
    conn.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@example.test"])
    return user


def new_node(
    conn: psycopg.Connection,
    owner: str | None,
    *,
    capacity: int = 4,
    status: str = "online",
    seen: str = "0 seconds",
    allow: tuple[str, str | None] | None = None,
    quota: int | None = None,
) -> str:
    """A node, seen that long ago, and whom it works for beside its owner: access type and target.

    A user among these has accepted it, and of a guild its owner is a member. It has earned all the room that it has,
    unless a quota is given.
    """
    node = value(
        conn,
        "insert into public.nodes (user_id, max_parallel, total_cores, quota, status, last_seen_at, public_key) "
        "values (%s, %s, 64, %s, %s, now() - %s::interval, %s) returning id::text",
        owner,
        capacity,
        capacity if quota is None else quota,
        status,
        seen,
        uuid.uuid4().hex,
    )
    if allow:
        conn.execute(
            "insert into public.nodes_permissions (node_id, access_type, target_id) values (%s, %s, %s)", [node, *allow]
        )
        consent(conn, node, *allow)
    return str(node)


def consent(conn: psycopg.Connection, node: str, access: str, target: str | None) -> None:
    """The other side of a permission says yes."""
    if access == "user" and target and value(conn, "select count(*) from auth.users where id::text = %s", target):
        conn.execute("insert into public.nodes_acceptances (user_id, node_id) values (%s, %s)", [target, node])
    if access == "guild" and target:
        join(conn, target, str(value(conn, "select user_id from public.nodes where id = %s", node)))


def join(conn: psycopg.Connection, guild: str, *users: str) -> None:
    """The service learns that these users are members of a guild."""
    for user in users:
        conn.execute("insert into public.guilds_members values (%s, %s) on conflict do nothing", [guild, user])


def new_rotation(conn: psycopg.Connection, owner: str, *, public: bool = False) -> str:
    rotation = value(
        conn,
        "insert into public.rotations (user_id, slug, name, script, is_public, spec_id) "
        "values (%s, %s, 'x', 'cast()', %s, 577) returning id::text",
        owner,
        uuid.uuid4().hex,
        public,
    )
    return str(rotation)


def create_job(
    conn: psycopg.Connection,
    user: str | None,
    iterations: int | None = 1000,
    *,
    config: object = CONFIG,
    access: str | None = "private",
    guild: str | None = None,
    request: str | None = None,
    replication: str = "none",
) -> Row:
    """`create_job` as that user, who belongs to the guild; `config` is JSON text or what becomes it."""
    if user and guild and guild.strip() and access == "discord":
        join(conn, guild.strip(), user)
    text = config if isinstance(config, str) else json.dumps(config)
    with acting_as(conn, "authenticated", {"sub": user} if user else {}):
        made: Row = value(
            conn,
            "select public.create_job(%s::jsonb, %s, %s, %s, %s::uuid, %s)",
            text,
            iterations,
            access,
            guild,
            request,
            replication,
        )
    return made


def service(conn: psycopg.Connection, statement: str, *parameters: object) -> list[Row]:
    with acting_as(conn, "service_role"):
        return rows(conn, statement, *parameters)


def assign(conn: psycopg.Connection, limit: int = 100, node: str | None = None) -> list[Row]:
    return service(conn, "select * from public.assign_chunks(%s, %s::uuid)", limit, node)


def complete(conn: psycopg.Connection, entries: Sequence[object]) -> list[Row]:
    return service(conn, "select * from public.complete_chunks(%s::jsonb)", json.dumps(entries))


def fail(conn: psycopg.Connection, entries: Sequence[object]) -> list[Row]:
    return service(conn, "select * from public.fail_chunks(%s::jsonb)", json.dumps(entries))


def failure(chunk: Row, error: object = "boom", *, token: bool = True) -> Row:
    """A report that an assigned chunk came to nothing."""
    made: Row = {"chunkId": str(chunk["chunk_id"]), "nodeId": str(chunk["node_id"]), "error": error}
    return made | ({"attemptToken": str(chunk["attempt_token"])} if token else {})


def expire_leases(conn: psycopg.Connection) -> None:
    """Let all leases be over; locks in key order, as everything does that changes many chunks."""
    conn.execute(
        "with held as (select id from public.jobs_chunks where status = 'running' order by id for no key update) "
        "update public.jobs_chunks as c set lease_expires_at = now() - interval '1 second' from held as h "
        "where c.id = h.id and c.status = 'running'"
    )


def reap(conn: psycopg.Connection) -> int:
    """Let all leases be over, and take the chunks back."""
    expire_leases(conn)
    return int(value(conn, "select public.reap_stale_chunks()"))


def outcomes(conn: psycopg.Connection, *entries: object) -> list[tuple[str, str | None]]:
    return [(answer["outcome"], answer["reason"]) for answer in complete(conn, entries)]


def result(iterations: int, mean: float = 100.0, std: float = 10.0) -> Row:
    return {
        "meanDps": mean,
        "stdDps": std,
        "minDps": mean - 2 * std,
        "maxDps": mean + 3 * std,
        "iterations": iterations,
    }


def entry(chunk: Row, *, token: bool = True, **numbers: Any) -> Row:
    """A report on an assigned chunk, with some of its numbers put differently."""
    made: Row = {
        "chunkId": str(chunk["chunk_id"]),
        "nodeId": str(chunk["node_id"]),
        "result": {**result(chunk["iterations"]), **numbers},
    }
    return made | ({"attemptToken": str(chunk["attempt_token"])} if token else {})


def job(conn: psycopg.Connection, job_id: str) -> Row:
    return row(conn, "select * from public.jobs where id = %s", job_id)


def wait_until(conn: psycopg.Connection, count: str, least: int) -> None:
    """Look until a statement counts that many; for what another session is doing, which sends no message."""
    deadline = time.monotonic() + 20
    while int(value(conn, count)) < least:
        assert time.monotonic() < deadline, count
        time.sleep(0.005)


def together(url: str, connect: Connect, *works: Callable[[psycopg.Connection], T]) -> list[T]:
    """Do all of that at the same time, each in a session and a thread of its own; raises what any of them raised."""
    start = threading.Barrier(len(works))
    sessions = [connect(url) for _ in works]

    def one(work: Callable[[psycopg.Connection], T], session: psycopg.Connection) -> T:
        start.wait(30)
        return work(session)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works, sessions))
