"""People leave, chunks and nodes go, and what was counted stays counted; statistics can be read from the first day."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, new_node, new_rotation, new_user, rows, value


def leaves(head_url: str, connect: Connect, user: str) -> None:
    """As the auth service deletes an account."""
    deleted = connect(head_url, user="supabase_auth_admin").execute("delete from auth.users where id = %s", [user])
    assert deleted.rowcount == 1


def totals(db: psycopg.Connection) -> list[Row]:
    db.execute("refresh materialized view public.stats_daily_throughput")
    return rows(db, "select * from public.stats_daily_throughput order by day")


def computed(db: psycopg.Connection, user: str, chunks: int) -> str:
    made = create_job(db, user, 1000 * chunks)["jobId"]
    complete(db, [entry(chunk) for chunk in assign(db)])
    return str(made)


@pytest.mark.parametrize(
    ("view", "roles"),
    [
        ("stats_daily_throughput", ["authenticated", "service_role"]),
        ("stats_rotations_by_spec", ["anon", "authenticated", "service_role"]),
    ],
)
def test_statistics_can_be_read_and_refreshed_in_a_database_made_this_minute(
    db: psycopg.Connection, view: str, roles: list[str]
) -> None:
    for role in roles:
        with acting_as(db, role):
            assert rows(db, f"select * from public.{view}") == []
    for (command,) in db.execute("select command from cron.job where jobname like 'refresh-%'").fetchall():
        db.execute(command.encode())


def test_an_account_goes_with_its_jobs_nodes_and_private_rotations(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user, other = new_user(db), new_user(db)
    new_node(db, user)
    theirs = new_node(db, other, capacity=10, allow=("user", user))
    private, public = new_rotation(db, user), new_rotation(db, user, public=True)
    fork = new_rotation(db, other)
    db.execute("update public.rotations set forked_from_id = %s where id = %s", [private, fork])
    with acting_as(db, "authenticated", {"sub": user}):
        db.execute("update public.rotations set script = 'cast(2)'")
    create_job(db, user, 3000, config={"rotationId": private})
    system.join(db, "81", user)
    assign(db)

    leaves(head_url, connect, user)
    left = {
        table: value(db, f"select count(*) from public.{table}")
        for table in ("jobs", "jobs_chunks", "nodes_acceptances", "guilds_members")
    }
    assert left == dict.fromkeys(left, 0)
    assert rows(db, "select id::text from public.nodes") == [{"id": theirs}]
    kept = rows(db, "select id::text, user_id::text, forked_from_id from public.rotations")
    assert sorted(kept, key=str) == sorted(
        [
            {"id": public, "user_id": None, "forked_from_id": None},
            {"id": fork, "user_id": other, "forked_from_id": None},
        ],
        key=str,
    )
    # History of the public one stays, and names nobody.
    assert rows(db, "select created_by from public.rotations_versions") == [{"created_by": None}]


def test_what_others_have_of_somebody_who_left_goes_on(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    user, other = new_user(db), new_user(db)
    new_node(db, user, capacity=2, allow=("public", None))
    public = new_rotation(db, user, public=True)
    made = create_job(db, other, 3000, access="public", config={"rotationId": public})["jobId"]
    first, _ = assign(db)
    complete(db, [entry(first)])

    leaves(head_url, connect, user)
    assert system.job(db, made)["completed_iterations"] == 1000
    # What the node was at waits again, without waiting for its lease.
    new_node(db, other)
    complete(db, [entry(chunk) for chunk in assign(db)])
    ended = system.job(db, made)
    assert (ended["status"], ended["result"]["chunksCompleted"]) == ("completed", 3)
    create_job(db, other, config={"rotationId": public})
    with acting_as(db, "authenticated", {"sub": other}):
        assert db.execute("update public.rotations set script = 'mine'").rowcount == 0


def test_totals_stay_true_whatever_goes(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    user, other = new_user(db), new_user(db)
    nodes = [new_node(db, each) for each in (user, other)]
    computed(db, user, 2)
    job = computed(db, other, 3)
    old = computed(db, other, 4)
    db.execute(
        "update public.jobs_chunks set completed_at = completed_at - interval '100 days' where job_id = %s", [old]
    )
    db.execute("update public.jobs set completed_at = completed_at - interval '100 days' where id = %s", [old])
    before = totals(db)
    assert [(day["chunks"], day["iterations"], day["nodes"]) for day in before] == [(4, 4000, 1), (5, 5000, 2)]

    leaves(head_url, connect, user)
    assert totals(db) == before
    db.execute("delete from public.nodes where id = %s", [nodes[1]])
    assert totals(db) == before
    with acting_as(db, "authenticated", {"sub": other}):
        db.execute("delete from public.jobs where id = %s", [job])
    assert totals(db) == before
    # The retention takes the old ones.
    assert system.service(db, "select public.cleanup_stale_data() as done")[0]["done"]["chunks"] == 4
    assert totals(db) == before
    leaves(head_url, connect, other)
    assert totals(db) == before
    assert value(db, "select count(*) from public.jobs_chunks") == 0


def test_somebody_leaves_while_their_chunks_are_completed_and_assigned(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    for _ in range(5):
        user, other = new_user(db), new_user(db)
        for _ in range(3):
            new_node(db, user, capacity=20, allow=("public", None))
        create_job(db, other, 30_000, access="public")
        create_job(db, user, 30_000, access="public")
        reports = [entry(chunk) for chunk in assign(db)]
        assert len(reports) == 60

        def leave(_: psycopg.Connection, user: str = user) -> None:
            leaves(head_url, connect, user)

        def report(session: psycopg.Connection, reports: list[Row]) -> None:
            complete(session, reports)

        def hand_out(session: psycopg.Connection) -> None:
            assign(session)

        work = [partial(report, reports=reports[part::3]) for part in range(3)]
        system.together(head_url, connect, leave, *work, hand_out)
        assert value(db, "select count(*) from public.jobs where user_id = %s", user) == 0
        lost = "select count(*) from public.jobs_chunks where status = 'running' and node_id is null"
        assert value(db, lost) == 0
        leaves(head_url, connect, other)
