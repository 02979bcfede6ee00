"""The repair of what the old bug left: completed jobs without result, counts at zero, jobs that never ended."""

from __future__ import annotations

import math

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.project import Project
from tests.conftest import CONFIRMED, Connect
from tests.support import system
from tests.support.system import value


@pytest.fixture
def repaired(upgraded_url: str, connect: Connect) -> psycopg.Connection:
    """The stand-in with its data, at head."""
    return connect(upgraded_url)


def test_every_completed_job_has_the_aggregate_of_its_chunks(repaired: psycopg.Connection) -> None:
    jobs = system.rows(repaired, "select * from public.jobs where status = 'completed'")
    assert len(jobs) == 342
    for job in jobs:
        parts = [
            (chunk["iterations"], chunk["result"])
            for chunk in system.rows(repaired, "select * from public.jobs_chunks where job_id = %s", job["id"])
        ]
        total = sum(iterations for iterations, _ in parts)
        mean = math.fsum(iterations * part["meanDps"] for iterations, part in parts) / total
        spread = math.fsum(n * (part["stdDps"] ** 2 + (part["meanDps"] - mean) ** 2) for n, part in parts)
        assert job["result"] == {
            "meanDps": pytest.approx(mean),
            "stdDps": pytest.approx(math.sqrt(spread / total)),
            "minDps": min(part["minDps"] for _, part in parts),
            "maxDps": max(part["maxDps"] for _, part in parts),
            "totalIterations": total,
            "chunksCompleted": len(parts),
        }


def test_every_job_has_the_count_that_its_chunks_give(repaired: psycopg.Connection) -> None:
    wrong = """
    select j.id from public.jobs as j where j.completed_iterations <> (
      select coalesce(sum(c.iterations), 0) from public.jobs_chunks as c
      where c.job_id = j.id and c.status = 'completed'
    )
    """
    assert system.rows(repaired, wrong) == []
    assert value(repaired, "select count(*) from public.jobs where completed_iterations > 0") > 342


def test_jobs_left_open_although_all_their_chunks_were_completed_are_ended(repaired: psycopg.Connection) -> None:
    stuck = system.rows(repaired, "select * from public.jobs where id in (md5('job:363')::uuid, md5('job:364')::uuid)")
    for job in stuck:
        last = value(repaired, "select max(completed_at) from public.jobs_chunks where job_id = %s", job["id"])
        assert (job["status"], job["completed_at"]) == ("completed", last)
    assert len(stuck) == 2


def test_open_jobs_stay_open_and_finish_with_an_exact_result(repaired: psycopg.Connection) -> None:
    statuses = system.rows(repaired, "select status, count(*) as n from public.jobs group by 1 order by 1")
    assert {each["status"]: each["n"] for each in statuses} == {"completed": 342, "pending": 36, "running": 22}
    assert value(repaired, "select count(*) from public.jobs where status <> 'completed' and result is not null") == 0

    finish = "update public.jobs_chunks set status = 'completed', result = %s where status <> 'completed'"
    repaired.execute(finish, ['{"meanDps": 1, "stdDps": 0, "minDps": 1, "maxDps": 1}'])
    left = "select count(*) from public.jobs where status <> 'completed' or completed_iterations <> total_iterations"
    assert value(repaired, left) == 0


def test_chunks_of_before_wait_in_their_jobs_pools(repaired: psycopg.Connection) -> None:
    waiting = "select count(*) from public.jobs_chunks as c where c.status = 'pending'"
    assert value(repaired, waiting) > 0
    placed = """ and exists (
      select from public.jobs as j
      where j.id = c.job_id and c.user_id = j.user_id
        and c.pool = private.pool_of(j.access_type, j.user_id, j.discord_server_id)
    )"""
    assert value(repaired, waiting + placed) == value(repaired, waiting)


def test_what_has_no_chunks_or_no_usable_results_is_left_without_and_an_old_result_is_kept(
    live_url: str, connect: Connect, project: Project
) -> None:
    db = connect(live_url)
    empty, unusable, kept = (value(db, "select md5(%s)::uuid", f"job:{n}") for n in (1, 2, 3))
    db.execute("delete from public.jobs_chunks where job_id = %s", [empty])
    db.execute("""update public.jobs_chunks set result = '{"meanDps": "NaN"}' where job_id = %s""", [unusable])
    db.execute("""update public.jobs set result = '{"meanDps": 7}' where id = %s""", [kept])
    command.stamp(alembic_env.config(project, live_url), "0001")
    alembic_env.upgrade(project, live_url, confirm=CONFIRMED)

    found = {job: value(db, "select result from public.jobs where id = %s", job) for job in (empty, unusable, kept)}
    assert found == {empty: None, unusable: None, kept: {"meanDps": 7}}
    assert value(db, "select count(*) from public.jobs where status = 'completed' and result is null") == 2


def test_an_open_job_of_which_chunks_are_missing_ends_with_the_last_of_the_others(
    live_url: str, connect: Connect, project: Project
) -> None:
    db = connect(live_url)
    half, empty = value(db, "select md5('job:341')::uuid"), value(db, "select md5('job:342')::uuid")
    db.execute("delete from public.jobs_chunks where job_id = %s and status = 'pending'", [half])
    db.execute("delete from public.jobs_chunks where job_id = %s and status <> 'completed'", [empty])
    command.stamp(alembic_env.config(project, live_url), "0001")
    alembic_env.upgrade(project, live_url, confirm=CONFIRMED)

    # Of the second nothing was left to wait for; 0008 took that for its end.
    assert system.job(db, empty)["status"] == "completed"
    assert system.job(db, half)["status"] == "running"
    finish = "update public.jobs_chunks set status = 'completed', result = %s where job_id = %s and status = 'running'"
    db.execute(finish, ['{"meanDps": 1}', half])
    done = system.job(db, half)
    assert (done["status"], done["error"]) == ("failed", "chunks of the job are gone")
    assert done["completed_iterations"] + done["lost_iterations"] == done["total_iterations"]


def test_a_status_that_no_client_knows_stops_the_upgrade_where_it_is_validated(
    live_url: str, connect: Connect, project: Project
) -> None:
    db = connect(live_url)
    db.execute("update public.jobs_chunks set status = 'claimed' where status = 'running'")
    command.stamp(alembic_env.config(project, live_url), "0001")
    with pytest.raises(MigrationError, match="jobs_chunks_status_check"):
        alembic_env.upgrade(project, live_url, confirm=CONFIRMED)
    assert value(db, "select version_num from private.alembic_version") == "0010"
    db.execute("update public.jobs_chunks set status = 'running' where status = 'claimed'")
    alembic_env.upgrade(project, live_url, confirm=CONFIRMED)


def test_coming_up_again_changes_nothing(upgraded_url: str, repaired: psycopg.Connection, project: Project) -> None:
    everything = "select md5(string_agg(j::text, ',' order by j.id)) from public.jobs as j"
    before = value(repaired, everything)
    command.downgrade(alembic_env.config(project, upgraded_url), "0007")
    alembic_env.upgrade(project, upgraded_url, confirm=CONFIRMED)
    assert value(repaired, everything) == before
