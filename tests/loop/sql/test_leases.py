"""Leases: a running chunk is its node's for a while, and for longer as long as the node says that it is at work."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.conftest import Connect
from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, new_node, new_user, service, value


def beat(
    db: psycopg.Connection, node: object, running: list[str] | None = None, *, status: str = "online"
) -> list[str]:
    """A heartbeat of that node; the chunks that it should drop."""
    key = value(db, "select public_key from public.nodes where id = %s", node)
    answer: Row = service(db, "select public.node_heartbeat(%s, %s, %s::uuid[]) as node", key, status, running)[0]
    return sorted(answer["node"]["cancelled"])


def ids(chunks: list[Row]) -> list[str]:
    return sorted(str(chunk["chunk_id"]) for chunk in chunks)


def age(db: psycopg.Connection, by: str) -> None:
    """Let the running chunks have been assigned that much earlier."""
    db.execute(
        "update public.jobs_chunks set claimed_at = claimed_at - %s::interval, "
        "lease_expires_at = lease_expires_at - %s::interval where status = 'running'",
        [by, by],
    )


def leases(db: psycopg.Connection) -> list[int]:
    """For how many more seconds each chunk is leased, in their order."""
    found = system.rows(
        db,
        "select round(extract(epoch from lease_expires_at - now()))::integer as left_over "
        "from public.jobs_chunks order by seed_offset",
    )
    return [each["left_over"] for each in found]


def reap(db: psycopg.Connection) -> int:
    return int(value(db, "select public.reap_stale_chunks()"))


def test_an_assignment_comes_with_a_lease_as_long_as_the_settings_say(db: psycopg.Connection) -> None:
    system.change_settings(db, stale_after="7 minutes")
    user = new_user(db)
    new_node(db, user)
    create_job(db, user)
    assign(db)
    assert leases(db) == [420]
    assert value(db, "select claimed_at > now() - interval '1 minute' from public.jobs_chunks")


def test_a_chunk_is_taken_back_when_its_lease_is_over(db: psycopg.Connection, taken: list[Row]) -> None:
    age(db, "4 minutes 50 seconds")
    assert reap(db) == 0
    age(db, "20 seconds")
    assert reap(db) == 3
    assert leases(db) == [None] * 3


def test_a_heartbeat_that_names_chunks_renews_those_and_no_others(db: psycopg.Connection, taken: list[Row]) -> None:
    age(db, "4 minutes")
    assert beat(db, taken[0]["node_id"], ids(taken[:1])) == []
    assert leases(db) == [300, 60, 60]
    assert beat(db, taken[0]["node_id"], []) == []
    assert leases(db) == [300, 60, 60]


def test_a_node_that_never_names_chunks_keeps_all_that_it_holds(db: psycopg.Connection, taken: list[Row]) -> None:
    for _ in range(5):
        age(db, "4 minutes")
        assert beat(db, taken[0]["node_id"]) == []
    assert leases(db) == [300] * 3
    assert reap(db) == 0


def test_a_node_that_goes_keeps_only_what_it_names(db: psycopg.Connection, taken: list[Row]) -> None:
    age(db, "4 minutes")
    beat(db, taken[0]["node_id"], status="offline")
    assert leases(db) == [60] * 3
    beat(db, taken[0]["node_id"], ids(taken[:1]), status="offline")
    assert leases(db) == [300, 60, 60]


@pytest.mark.parametrize("named", [True, False])
def test_no_heartbeat_keeps_a_chunk_running_for_longer_than_the_cap(
    db: psycopg.Connection, taken: list[Row], named: bool
) -> None:
    running = ids(taken) if named else None
    age(db, "58 minutes")
    beat(db, taken[0]["node_id"], running)
    assert leases(db) == [120] * 3
    age(db, "3 minutes")
    beat(db, taken[0]["node_id"], running)
    assert reap(db) == 3


def test_a_renewal_never_shortens_a_lease(db: psycopg.Connection, taken: list[Row]) -> None:
    system.change_settings(db, stale_after="1 minute", lease_cap="1 second")
    beat(db, taken[0]["node_id"])
    assert leases(db) == [300] * 3


def test_a_chunk_that_was_claimed_without_a_lease_gets_one_by_a_heartbeat(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    db.execute("update public.jobs_chunks set lease_expires_at = null")
    beat(db, taken[0]["node_id"])
    assert leases(db) == [300] * 3


def test_nobody_renews_what_another_node_holds(db: psycopg.Connection, taken: list[Row]) -> None:
    age(db, "4 minutes")
    other = new_node(db, new_user(db))
    assert beat(db, other, ids(taken)) == ids(taken)
    beat(db, other)
    assert leases(db) == [60] * 3


def test_a_heartbeat_answers_which_of_the_named_chunks_are_no_longer_the_nodes(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    unknown = str(uuid.uuid4())
    complete(db, [entry(taken[0])])
    db.execute("update public.jobs_chunks set status = 'pending', node_id = null where seed_offset = 1000")
    found = beat(db, taken[0]["node_id"], [*ids(taken), *ids(taken), unknown])
    assert found == sorted([*ids(taken[:2]), unknown])


def test_a_node_that_names_nothing_is_told_what_was_cancelled_while_it_may_still_run(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    complete(db, [entry(taken[0])])
    db.execute("update public.jobs_chunks set status = 'cancelled', completed_at = now() where status = 'running'")
    assert beat(db, taken[0]["node_id"]) == ids(taken[1:])
    assert beat(db, new_node(db, new_user(db))) == []
    db.execute("update public.jobs_chunks set completed_at = now() - interval '2 hours'")
    assert beat(db, taken[0]["node_id"]) == []


def test_a_chunk_that_is_just_being_completed_is_not_waited_for(
    db: psycopg.Connection, head_url: str, connect: Connect, taken: list[Row]
) -> None:
    age(db, "4 minutes")
    busy = connect(head_url, autocommit=False)
    busy.execute("update public.jobs_chunks set status = 'completed' where id = %s", [taken[0]["chunk_id"]])
    db.execute("set lock_timeout = '5s'")
    assert beat(db, taken[0]["node_id"]) == []
    busy.commit()
    assert leases(db) == [60, 300, 300]


def test_a_reaped_chunk_goes_to_the_node_that_was_seen_last_rather_than_back(db: psycopg.Connection) -> None:
    user = new_user(db)
    dead = new_node(db, user, seen="10 seconds")
    create_job(db, user)
    [first] = assign(db)
    assert str(first["node_id"]) == dead
    new = [new_node(db, user, seen=seen) for seen in ("3 seconds", "1 second", "2 seconds")]
    system.reap(db)
    [again] = assign(db)
    assert str(again["node_id"]) == new[1]
