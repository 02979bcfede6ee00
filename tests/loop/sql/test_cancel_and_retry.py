"""cancel_job and retry_job: what its owner can still do about a job."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import (
    Row,
    assign,
    complete,
    create_job,
    entry,
    fail,
    failure,
    job,
    new_node,
    new_rotation,
    new_user,
    outcomes,
    reap,
    together,
    value,
)


def call(db: psycopg.Connection, name: str, user: str | None, of: str) -> Row:
    with acting_as(db, "authenticated", {"sub": user} if user else {}):
        found: Row = value(db, f"select public.{name}(%s)", of)
        return found


def cancel(db: psycopg.Connection, user: str | None, of: str) -> Row:
    return call(db, "cancel_job", user, of)


def retry(db: psycopg.Connection, user: str | None, of: str) -> Row:
    return call(db, "retry_job", user, of)


def refusal(doing: Callable[[], object]) -> tuple[str | None, str | None]:
    with pytest.raises(psycopg.Error) as caught:
        doing()
    assert caught.value.diag.message_primary
    assert caught.value.diag.message_hint
    return caught.value.sqlstate, caught.value.diag.message_detail


def statuses(db: psycopg.Connection) -> list[str]:
    return [each["status"] for each in system.rows(db, "select status from public.jobs_chunks order by seed_offset")]


def begun(db: psycopg.Connection, iterations: int = 4000, capacity: int = 2) -> tuple[str, str, list[Row]]:
    """A user, a job of theirs, and the chunks of it that their node runs."""
    user = new_user(db)
    new_node(db, user, capacity=capacity)
    made = create_job(db, user, iterations)["jobId"]
    return user, made, sorted(assign(db), key=lambda chunk: int(chunk["seed_offset"]))


def failed(db: psycopg.Connection) -> tuple[str, str, list[Row]]:
    """The same for a job of two chunks of which the second failed."""
    user, made, given = begun(db, 2000)
    db.execute("update public.jobs_chunks set attempts = 5")
    complete(db, [entry(given[0])])
    fail(db, [failure(given[1])])
    assert job(db, made)["status"] == "failed"
    return user, made, given


# cancel_job


def test_cancelling_ends_a_job_with_the_aggregate_of_what_was_completed(db: psycopg.Connection) -> None:
    user, made, given = begun(db)
    complete(db, [entry(given[0])])
    assert cancel(db, user, made) == {"jobId": made, "status": "cancelled", "chunksCancelled": 3}
    assert statuses(db) == ["completed", "cancelled", "cancelled", "cancelled"]
    done = job(db, made)
    assert (done["status"], done["completed_iterations"], done["lost_iterations"]) == ("cancelled", 1000, 3000)
    assert (done["result"]["totalIterations"], done["result"]["chunksCompleted"]) == (1000, 1)
    assert (done["completed_at"] is None, done["error"]) == (False, None)
    assert assign(db) == []


def test_a_job_that_nothing_was_computed_of_is_cancelled_without_a_result(db: psycopg.Connection) -> None:
    user = new_user(db)
    made = create_job(db, user, 2000)["jobId"]
    assert cancel(db, user, made)["chunksCancelled"] == 2
    assert (job(db, made)["status"], job(db, made)["result"]) == ("cancelled", None)


def test_what_still_comes_for_a_cancelled_job_does_not_count(db: psycopg.Connection) -> None:
    user, made, given = begun(db)
    cancel(db, user, made)
    before = job(db, made)
    assert outcomes(db, entry(given[0])) == [("superseded", "chunk_cancelled")]
    assert outcomes(db, entry(given[0], token=False)) == [("superseded", "chunk_cancelled")]
    [answer] = fail(db, [failure(given[1])])
    assert (answer["outcome"], answer["reason"], answer["job_complete"]) == ("superseded", "chunk_cancelled", True)
    assert reap(db) == 0
    assert job(db, made) == before


def test_a_job_in_which_a_chunk_has_failed_already_is_cancelled_all_the_same(db: psycopg.Connection) -> None:
    user, made, given = begun(db)
    db.execute("update public.jobs_chunks set attempts = 5")
    fail(db, [failure(given[0])])
    assert cancel(db, user, made)["chunksCancelled"] == 3
    assert job(db, made)["status"] == "cancelled"


def test_the_private_rotation_of_a_cancelled_job_is_closed(db: psycopg.Connection) -> None:
    user = new_user(db)
    rotation = new_rotation(db, user)
    made = create_job(db, user, config={"rotationId": rotation})["jobId"]
    cancel(db, user, made)
    with acting_as(db, "anon"):
        assert system.rows(db, "select * from public.rotations") == []


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_only_an_open_job_is_cancelled(db: psycopg.Connection, status: str) -> None:
    user = new_user(db)
    made = create_job(db, user)["jobId"]
    db.execute("update public.jobs_chunks set status = %s", [status])
    before = job(db, made)
    assert before["status"] == status
    assert refusal(lambda: cancel(db, user, made)) == ("PT409", "job_not_open")
    assert job(db, made) == before


@pytest.mark.parametrize("name", ["cancel_job", "retry_job"])
def test_a_job_is_its_owners_only_and_one_that_is_not_there_looks_the_same(db: psycopg.Connection, name: str) -> None:
    user = new_user(db)
    made = create_job(db, user)["jobId"]
    for who, which in ((new_user(db), made), (user, str(uuid.uuid4()))):
        assert refusal(partial(call, db, name, who, which)) == ("PT404", "job_not_found")
    assert refusal(lambda: call(db, name, None, made)) == ("PT401", "not_signed_in")
    for role in ("anon", "service_role"):
        for schema in ("public", "private"):
            with acting_as(db, role, {"sub": user}), pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select {schema}.{name}(%s)".encode(), [made])


def test_cancelling_twice_at_the_same_time_cancels_once(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user, made, _ = begun(db, 10_000)

    def once(conn: psycopg.Connection) -> object:
        try:
            return cancel(conn, user, made)["chunksCancelled"]
        except psycopg.Error as error:
            return error.diag.message_detail

    found = together(head_url, connect, *[once] * 6)
    assert sorted(map(str, found)) == ["10", *["job_not_open"] * 5]


def test_cancelling_beside_schedulers_reapers_and_nodes_neither_deadlocks_nor_leaves_anything_open(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    for _ in range(4):
        new_node(db, user, capacity=16)
    jobs = [create_job(db, user, 20_000)["jobId"] for _ in range(12)]

    def work(conn: psycopg.Connection) -> None:
        for _ in range(12):
            given = assign(conn, 30)
            complete(conn, [entry(one) for one in given[::2]])
            fail(conn, [failure(one) for one in given[1::2]])
            value(conn, "select public.reap_stale_chunks()")

    def stop(conn: psycopg.Connection, which: int) -> None:
        for one in jobs[which::2]:
            try:
                cancel(conn, user, one)
            except psycopg.Error as error:
                if error.diag.message_detail != "job_not_open":
                    raise

    together(head_url, connect, work, work, work, *[partial(stop, which=n) for n in range(2)])
    assert value(db, "select count(*) from public.jobs where status in ('pending', 'running')") == 0
    assert value(db, "select count(*) from public.jobs_chunks where status in ('pending', 'running')") == 0
    wrong = """
      select j.id from public.jobs as j where j.completed_iterations <> (
        select coalesce(sum(c.iterations), 0) from public.jobs_chunks as c
        where c.job_id = j.id and c.status = 'completed'
      )
    """
    assert system.rows(db, wrong) == []


# retry_job


def test_retrying_opens_a_failed_job_again_and_keeps_what_was_completed(db: psycopg.Connection) -> None:
    user, made, given = failed(db)
    assert retry(db, user, made) == {"jobId": made, "status": "running", "chunksRetried": 1}
    opened = job(db, made)
    assert (opened["status"], opened["completed_iterations"], opened["lost_iterations"]) == ("running", 1000, 0)
    assert (opened["error"], opened["result"], opened["completed_at"]) == (None, None, None)
    stored = system.row(db, "select * from public.jobs_chunks where status = 'pending'")
    assert (stored["attempts"], stored["attempt_token"], stored["error"]) == (0, None, None)

    # The attempt before does not count any more.
    assert outcomes(db, entry(given[1])) == [("superseded", "reassigned")]
    assert outcomes(db, entry(given[1], token=False)) == [("superseded", "not_assigned")]
    [again] = assign(db)
    complete(db, [entry(again, meanDps=110)])
    done = job(db, made)
    assert (done["status"], done["completed_iterations"]) == ("completed", 2000)
    assert done["result"]["meanDps"] == pytest.approx(105)


def test_a_retried_job_can_fail_again(db: psycopg.Connection) -> None:
    user, made, _ = failed(db)
    for _ in range(2):
        retry(db, user, made)
        for _ in range(5):
            [given] = assign(db)
            fail(db, [failure(given)])
        assert (job(db, made)["status"], job(db, made)["lost_iterations"]) == ("failed", 1000)


def test_a_job_of_which_nothing_was_completed_is_pending_again(db: psycopg.Connection) -> None:
    user, made, given = begun(db, 2000)
    db.execute("update public.jobs_chunks set attempts = 5")
    fail(db, [failure(one) for one in given])
    assert retry(db, user, made) == {"jobId": made, "status": "pending", "chunksRetried": 2}
    assert job(db, made)["status"] == "pending"


def test_a_retry_wakes_the_scheduler(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    user, made, _ = failed(db)
    listener = connect(head_url)
    listener.execute("listen pending_chunk")
    retry(db, user, made)
    assert [each.payload for each in listener.notifies(timeout=10, stop_after=1)] == [""]


@pytest.mark.parametrize("status", ["pending", "running", "completed", "cancelled"])
def test_only_a_failed_job_is_tried_again(db: psycopg.Connection, status: str) -> None:
    user = new_user(db)
    made = create_job(db, user)["jobId"]
    db.execute("update public.jobs_chunks set status = %s", [status])
    assert job(db, made)["status"] == status
    assert refusal(lambda: retry(db, user, made)) == ("PT409", "job_not_failed")


def test_a_job_whose_chunks_are_not_all_there_any_more_is_not_tried_again(db: psycopg.Connection) -> None:
    user, made, _ = failed(db)
    db.execute("delete from public.jobs_chunks where status = 'completed'")
    before = job(db, made)
    assert refusal(lambda: retry(db, user, made)) == ("PT409", "chunks_gone")
    assert job(db, made) == before


def test_a_retry_asks_again_whether_the_rotation_may_be_used(db: psycopg.Connection) -> None:
    user, other = new_user(db), new_user(db)
    rotation = new_rotation(db, other, public=True)
    made = create_job(db, user, config={"rotationId": rotation})["jobId"]
    db.execute("update public.jobs_chunks set status = 'failed'")
    db.execute("update public.rotations set is_public = false")
    assert refusal(lambda: retry(db, user, made)) == ("PT404", "rotation_not_found")


def test_a_retry_counts_as_one_more_open_job(db: psycopg.Connection) -> None:
    user, made, _ = failed(db)
    system.change_settings(db, max_open_jobs_per_user=1)
    other = create_job(db, user)["jobId"]
    assert refusal(lambda: retry(db, user, made)) == ("PT429", "too_many_open_jobs")
    cancel(db, user, other)
    assert retry(db, user, made)["status"] == "running"


def test_retrying_twice_at_the_same_time_retries_once(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    user, made, _ = failed(db)

    def once(conn: psycopg.Connection) -> object:
        try:
            return retry(conn, user, made)["chunksRetried"]
        except psycopg.Error as error:
            return error.diag.message_detail

    found = together(head_url, connect, *[once] * 6)
    assert sorted(map(str, found)) == ["1", *["job_not_failed"] * 5]
    assert job(db, made)["lost_iterations"] == 0
