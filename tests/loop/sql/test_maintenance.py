"""The periodic chores: thresholds from the settings, counts, and the traps of the live database."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import assign, complete, create_job, entry, new_node, new_user, together, value

NOTHING = {"pendingNodes": 0, "offlineNodes": 0, "configs": 0, "chunks": 0}
CHORES = ("reap_stale_chunks", "mark_nodes_offline", "cleanup_stale_data")


@pytest.fixture
def live(upgraded_url: str, connect: Connect) -> psycopg.Connection:
    """The stand-in with its data, upgraded."""
    return connect(upgraded_url)


def assigned(db: psycopg.Connection, number: int = 1) -> list[system.Row]:
    user = new_user(db)
    new_node(db, user, capacity=number)
    create_job(db, user, 1000 * number)
    return assign(db)


def chunk(db: psycopg.Connection) -> system.Row:
    return system.row(db, "select status, node_id, claimed_at, attempts from public.jobs_chunks")


@pytest.mark.parametrize(("silent", "reaped"), [("4 minutes 50 seconds", 0), ("5 minutes 10 seconds", 1)])
def test_a_chunk_without_a_lease_is_taken_back_after_the_time_in_the_settings(
    db: psycopg.Connection, silent: str, reaped: int
) -> None:
    """As an edge function of the transition claims one, which knows of no lease."""
    assigned(db)
    claimed = "update public.jobs_chunks set lease_expires_at = null, claimed_at = now() - %s::interval"
    db.execute(claimed.encode(), [silent])
    assert value(db, "select public.reap_stale_chunks()") == reaped
    assert chunk(db)["status"] == ("pending" if reaped else "running")

    system.change_settings(db, stale_after="1 minute")
    assert value(db, "select public.reap_stale_chunks()") == 1 - reaped
    assert chunk(db) == {"status": "pending", "node_id": None, "claimed_at": None, "attempts": 1}


def test_a_running_chunk_whose_node_is_gone_is_taken_back_at_once(db: psycopg.Connection) -> None:
    assigned(db)
    db.execute("delete from public.nodes")
    assert value(db, "select public.reap_stale_chunks()") == 1
    assert chunk(db)["status"] == "pending"


def test_completed_chunks_are_never_taken_back(db: psycopg.Connection) -> None:
    complete(db, [entry(one) for one in assigned(db, 3)])
    db.execute("update public.jobs_chunks set claimed_at = now() - interval '1 year'")
    assert value(db, "select public.reap_stale_chunks()") == 0


def test_a_chunk_that_is_being_completed_is_left_alone(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    one, _ = assigned(db, 2)
    system.expire_leases(db)
    busy = connect(head_url, autocommit=False)
    db.execute("set lock_timeout = '5s'")
    busy.execute("update public.jobs_chunks set status = 'completed' where id = %s", [one["chunk_id"]])
    assert value(db, "select public.reap_stale_chunks()") == 1
    busy.commit()
    assert value(db, "select status from public.jobs_chunks where id = %s", one["chunk_id"]) == "completed"


def test_reapers_at_the_same_time_take_every_chunk_back_once(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    assigned(db, 60)
    system.change_settings(db, batch_size=7)
    system.expire_leases(db)

    def batches(conn: psycopg.Connection) -> list[int]:
        return [int(value(conn, "select public.reap_stale_chunks()")) for _ in range(9)]

    counts = [count for some in together(head_url, connect, *[batches] * 8) for count in some]
    assert (sum(counts), max(counts)) == (60, 7)


def test_a_silent_node_goes_offline_after_the_time_in_the_settings(db: psycopg.Connection) -> None:
    user = new_user(db)
    for seen in ("4 minutes 50 seconds", "5 minutes 10 seconds"):
        new_node(db, user, seen=seen)
    assert value(db, "select public.mark_nodes_offline()") == 1
    system.change_settings(db, offline_after="1 minute")
    assert value(db, "select public.mark_nodes_offline()") == 1
    assert value(db, "select count(*) from public.nodes where status = 'offline'") == 2


def test_an_online_node_that_was_never_seen_goes_offline(db: psycopg.Connection) -> None:
    new_node(db, new_user(db))
    db.execute("update public.nodes set last_seen_at = null")
    assert value(db, "select public.mark_nodes_offline()") == 1


def test_cleanup_survives_the_traps_of_the_live_database(live: psycopg.Connection) -> None:
    completed = "select count(*) from public.jobs_chunks where status = 'completed'"
    without_node = completed + " and node_id is null"
    before = value(live, completed)
    assert value(live, without_node) == 0

    # One node unclaimed for hours, two not seen for weeks, three configs that nothing names; the config that chunks
    # alone name stays, and so do the chunks of the nodes that go.
    assert value(live, "select public.cleanup_stale_data()") == {
        **NOTHING,
        "pendingNodes": 1,
        "offlineNodes": 2,
        "configs": 3,
    }
    assert value(live, completed) == before
    assert value(live, without_node) > 0
    by_chunks_only = "select count(distinct k.config_hash) from public.jobs_chunks as k where not exists"
    assert value(live, by_chunks_only + " (select from public.jobs as j where j.config_hash = k.config_hash)") == 1
    assert value(live, "select public.cleanup_stale_data()") == NOTHING


def test_cleanup_keeps_what_is_younger_than_the_settings_say(db: psycopg.Connection) -> None:
    user = new_user(db)
    create_job(db, user)
    new_node(db, None, status="pending")
    new_node(db, user, status="offline", seen="40 minutes")
    new_node(db, user, status="pending")
    db.execute("insert into public.jobs_configs (hash, config) values ('unused', '{}')")
    past = "now() - interval '30 minutes'"
    db.execute(f"update public.nodes set created_at = {past}".encode())
    db.execute(f"update public.jobs_configs set last_used_at = {past}".encode())
    assert set(value(db, "select public.cleanup_stale_data()").values()) == {0}
    system.change_settings(
        db, pending_node_retention="20 minutes", offline_node_retention="20 minutes", config_retention="20 minutes"
    )
    assert value(db, "select public.cleanup_stale_data()") == {
        "pendingNodes": 1,
        "offlineNodes": 1,
        "configs": 1,
        "chunks": 0,
    }


def test_chunks_of_jobs_that_ended_long_ago_go_and_their_results_stay(db: psycopg.Connection) -> None:
    user = new_user(db)
    old, young, still_open = (create_job(db, user, 25_000)["jobId"] for _ in range(3))
    finish = "update public.jobs_chunks set status = 'completed', result = '{\"meanDps\": 1}' where job_id = %s"
    for job in (old, young):
        db.execute(finish.encode(), [job])
    db.execute("update public.jobs set completed_at = now() - interval '89 days'")
    db.execute("update public.jobs set completed_at = now() - interval '91 days' where id = %s", [old])
    db.execute("update public.jobs set created_at = now() - interval '1 year'")
    before = system.job(db, old)

    system.change_settings(db, batch_size=10)
    assert value(db, "select public.cleanup_stale_data()")["chunks"] == 25
    after = system.job(db, old)
    assert after.pop("chunks_removed_at") is not None
    assert after == {key: before[key] for key in after}
    left = {str(each["job_id"]) for each in system.rows(db, "select distinct job_id from public.jobs_chunks")}
    assert left == {young, still_open}
    system.change_settings(db, chunk_retention="1 day")
    assert [value(db, "select public.cleanup_stale_data()")["chunks"] for _ in range(2)] == [25, 0]


def test_more_than_a_batch_is_cleaned_up_and_reaped_and_marked_all_the_same(db: psycopg.Connection) -> None:
    user = new_user(db)
    system.change_settings(db, batch_size=2)
    for _ in range(5):
        new_node(db, None, status="pending")
    for _ in range(5):
        new_node(db, user, status="offline", seen="1 year")
    for n in range(5):
        db.execute("insert into public.jobs_configs (hash, config, last_used_at) values (%s, '{}', 'epoch')", [str(n)])
    db.execute("update public.nodes set created_at = now() - interval '1 year'")
    found = {"pendingNodes": 5, "offlineNodes": 5, "configs": 5, "chunks": 0}
    assert value(db, "select public.cleanup_stale_data()") == found
    for _ in range(5):
        new_node(db, user, seen="1 hour")
    assert value(db, "select public.mark_nodes_offline()") == 5


def test_a_config_that_only_chunks_name_outlives_its_retention_until_they_go(db: psycopg.Connection) -> None:
    made = create_job(db, new_user(db))
    db.execute("insert into public.jobs_configs (hash, config) values ('other', '{}')")
    db.execute("update public.jobs set config_hash = 'other'")
    db.execute("update public.jobs_configs set last_used_at = 'epoch'")
    assert value(db, "select public.cleanup_stale_data()")["configs"] == 0
    db.execute("update public.jobs_chunks set config_hash = 'other'")
    assert value(db, "select public.cleanup_stale_data()")["configs"] == 1
    assert value(db, "select count(*) from public.jobs_configs where hash = %s", made["configHash"]) == 0


def test_cleanups_at_the_same_time_remove_every_old_chunk_once(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    for _ in range(30):
        create_job(db, user, 10_000)
    db.execute("update public.jobs_chunks set status = 'completed'")
    db.execute("update public.jobs set completed_at = now() - interval '1 year'")
    system.change_settings(db, batch_size=10)
    call = "select (public.cleanup_stale_data() ->> 'chunks')::integer"
    counts = together(head_url, connect, *[lambda conn: value(conn, call)] * 4)
    # What one has locked the others leave to it.
    assert sum(counts) == 300
    assert value(db, "select count(*) from public.jobs where chunks_removed_at is null") == 0


def test_a_reaper_takes_the_last_attempts_back_in_jobs_that_nobody_is_deleting(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    new_node(db, user, capacity=8)
    jobs = [create_job(db, user)["jobId"] for _ in range(2)]
    assign(db)
    db.execute("update public.jobs_chunks set attempts = 5")
    system.expire_leases(db)
    away = connect(head_url, autocommit=False)
    away.execute("delete from public.jobs where id = %s", [jobs[0]])
    db.execute("set lock_timeout = '5s'")
    assert value(db, "select public.reap_stale_chunks()") == 1
    away.commit()
    assert system.rows(db, "select id::text, status from public.jobs") == [{"id": jobs[1], "status": "failed"}]


def test_what_a_deleted_node_was_running_goes_back_to_pending(db: psycopg.Connection) -> None:
    assigned(db, 2)
    db.execute("update public.nodes set status = 'offline', last_seen_at = now() - interval '1 year'")
    assert value(db, "select public.cleanup_stale_data()")["offlineNodes"] == 1
    assert value(db, "select count(*) from public.jobs_chunks where status = 'pending' and node_id is null") == 2


def test_a_config_that_is_being_used_again_is_kept(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    db.execute("insert into public.jobs_configs (hash, config, last_used_at) values ('old', '{}', 'epoch')")
    busy = connect(head_url, autocommit=False)
    db.execute("set lock_timeout = '5s'")
    busy.execute("update public.jobs_configs set last_used_at = now()")
    assert value(db, "select public.cleanup_stale_data()")["configs"] == 0


def test_cleanups_at_the_same_time_delete_everything_once(
    upgraded_url: str, connect: Connect, live: psycopg.Connection
) -> None:
    found = together(upgraded_url, connect, *[lambda conn: value(conn, "select public.cleanup_stale_data()")] * 4)
    assert {key: sum(each[key] for each in found) for key in found[0]} == {
        "pendingNodes": 1,
        "offlineNodes": 2,
        "configs": 3,
        "chunks": 0,
    }


def test_the_sentinel_calls_them_now_and_the_views_are_still_refreshed(live: psycopg.Connection) -> None:
    commands = [job["command"] for job in system.rows(live, "select command from cron.job")]
    assert len(commands) == 2
    with acting_as(live, "postgres"):
        for command in commands:
            live.execute(command.encode())


@pytest.mark.parametrize("chore", CHORES)
def test_only_the_service_role_and_the_owner_may_call_them(db: psycopg.Connection, chore: str) -> None:
    for role in ("service_role", "postgres"):
        with acting_as(db, role):
            db.execute(f"select public.{chore}()".encode())
    for role in ("anon", "authenticated"):
        for schema in ("public", "private"):
            with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select {schema}.{chore}()".encode())
