"""Whatever makes room, the sentinel hears of it: with a poll that never comes, what waits is assigned all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from loop.sentinel import SentinelOptions, background, scheduler
from tests.support import system
from tests.support.system import Row, complete, create_job, entry, fail, failure, new_node, new_user, reap

Action = Callable[[psycopg.Connection, Row, str], object]


def of(user: str, db: psycopg.Connection, statement: str, *parameters: object) -> None:
    with acting_as(db, "authenticated", {"sub": user}):
        db.execute(statement.encode(), parameters)


def fails_for_good(db: psycopg.Connection, running: Row, user: str) -> None:
    system.change_settings(db, max_attempts=1)
    fail(db, [failure(running)])


def lease_ends_for_good(db: psycopg.Connection, running: Row, user: str) -> None:
    system.change_settings(db, max_attempts=1)
    reap(db)


def node_comes_back(db: psycopg.Connection, running: Row, user: str) -> None:
    complete(db, [entry(running)])
    db.execute("update public.nodes set status = 'offline' where user_id = %s", [user])
    system.service(db, "select public.node_heartbeat(public_key) from public.nodes where user_id = %s", user)


ROOM: dict[str, Action] = {
    "cancel": lambda db, running, user: of(user, db, "select public.cancel_job(%s)", running["job_id"]),
    "delete": lambda db, running, user: of(user, db, "delete from public.jobs where id = %s", running["job_id"]),
    "last failure": fails_for_good,
    "last lease": lease_ends_for_good,
    "max_parallel": lambda db, running, user: of(user, db, "update public.nodes set max_parallel = 2"),
    "permission": lambda db, running, user: db.execute(
        "insert into public.nodes_permissions (node_id, access_type) select id, 'public' from public.nodes "
        "where user_id <> %s",
        [user],
    ),
    "node back": node_comes_back,
}


@pytest.fixture
def never_polls(
    sentinel_options: SentinelOptions, monkeypatch: pytest.MonkeyPatch, ready: Callable[[str], None]
) -> Iterator[str]:
    monkeypatch.setattr(scheduler, "POLL", 86_400.0)
    with background(sentinel_options) as url:
        ready(url)
        yield url


@pytest.mark.parametrize("room", ROOM.values(), ids=ROOM)
def test_what_waits_is_assigned_without_a_poll(never_polls: str, database: Any, room: Action) -> None:
    db: psycopg.Connection = database.owner
    user = new_user(db)
    new_node(db, user, capacity=1, quota=8)
    new_node(db, new_user(db))
    first = create_job(db, user, 1000)["jobId"]
    running = database.until("select *, id as chunk_id from public.jobs_chunks where status = 'running'")
    assert str(running["job_id"]) == first
    waiting = create_job(db, user, 1000, access="public")["jobId"]
    room(db, running, user)
    database.until("select from public.jobs_chunks where job_id = %s and status = 'running'", waiting)


def test_the_end_of_a_back_off_is_not_found_by_a_poll_either(never_polls: str, database: Any) -> None:
    db: psycopg.Connection = database.owner
    node = new_node(db, new_user(db), capacity=1, allow=("public", None))
    resting = "update public.nodes set backoff_until = now() + interval '2 seconds' where id = %s"
    db.execute(resting, [node])
    create_job(db, new_user(db), 1000, access="public")
    database.until("select from public.jobs_chunks where status = 'running'")
    rested = "select from public.nodes where id = %s and backoff_until <= now()"
    assert database.rows(rested, node)
