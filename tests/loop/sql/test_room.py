"""Room for work is heard of, however it comes; the sentinel's poll is a safety net that nothing needs."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import Row, assign, create_job, fail, failure, new_node, new_user, reap

Action = Callable[[psycopg.Connection, list[Row]], object]


def of(user: Row | str, conn: psycopg.Connection, statement: str, *parameters: object) -> None:
    with acting_as(conn, "authenticated", {"sub": str(user)}):
        conn.execute(statement.encode(), parameters)


def owner(db: psycopg.Connection, what: str) -> str:
    return str(system.value(db, f"select user_id from public.{what} limit 1"))


def cancel(db: psycopg.Connection, taken: list[Row]) -> None:
    of(owner(db, "jobs"), db, "select public.cancel_job(%s)", taken[0]["job_id"])


def last_failure(db: psycopg.Connection, taken: list[Row]) -> None:
    system.change_settings(db, max_attempts=1)
    fail(db, [failure(taken[0])])


def last_lease(db: psycopg.Connection, taken: list[Row]) -> None:
    system.change_settings(db, max_attempts=1)
    reap(db)


def back_online(db: psycopg.Connection, taken: list[Row]) -> None:
    db.execute("update public.nodes set status = 'offline'")
    system.service(db, "select public.node_heartbeat(public_key) from public.nodes")


def permission(db: psycopg.Connection, taken: list[Row]) -> None:
    of(
        owner(db, "nodes"),
        db,
        "insert into public.nodes_permissions (node_id, access_type) select id, 'public' from public.nodes",
    )


ACTIONS: dict[str, Action] = {
    "a job is cancelled": cancel,
    "a job is deleted": lambda db, taken: of(owner(db, "jobs"), db, "delete from public.jobs"),
    "a chunk fails for good": last_failure,
    "a lease ends for good": last_lease,
    "a node's limit is raised": lambda db, taken: of(
        owner(db, "nodes"), db, "update public.nodes set max_parallel = 9"
    ),
    "a node's quota grows": lambda db, taken: db.execute("update public.nodes set quota = quota + 1"),
    "the settings' limits are raised": lambda db, taken: system.change_settings(db, max_chunks_per_node=2000),
    "a permission is given": permission,
    "a node is back": back_online,
}


def heard(db: psycopg.Connection, listener: psycopg.Connection, action: Callable[[], object]) -> int:
    """How many times `pending_chunk` was sent; a last notification of our own marks the end."""
    action()
    db.execute("notify pending_chunk, 'end'")
    count = 0
    for notification in listener.notifies(timeout=10):
        if notification.payload == "end":
            break
        count += 1
    return count


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_room_is_told_of(
    db: psycopg.Connection, head_url: str, connect: Connect, taken: list[Row], action: Action
) -> None:
    listener = connect(head_url)
    listener.execute("listen pending_chunk")
    assert heard(db, listener, lambda: action(db, taken)) >= 1


def test_a_heartbeat_of_a_node_that_is_there_tells_nobody(
    db: psycopg.Connection, head_url: str, connect: Connect, taken: list[Row]
) -> None:
    listener = connect(head_url)
    listener.execute("listen pending_chunk")
    beat = "select public.node_heartbeat(public_key) from public.nodes"
    assert heard(db, listener, lambda: system.service(db, beat)) == 0


@pytest.mark.parametrize("where", ["cancelled", "deleted"])
def test_what_waits_takes_the_place_of_what_is_gone(db: psycopg.Connection, where: str) -> None:
    user = new_user(db)
    new_node(db, user, capacity=2)
    create_job(db, user, 2000)
    assert len(assign(db)) == 2
    create_job(db, user, 2000)
    assert assign(db) == []
    job = system.value(db, "select id from public.jobs where status = 'running'")
    of(
        user,
        db,
        "select public.cancel_job(%s)" if where == "cancelled" else "delete from public.jobs where id = %s",
        job,
    )
    assert len(assign(db)) == 2
