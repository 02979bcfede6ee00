"""fail_chunks: attempts come to nothing, chunks and jobs fail, and every job comes to an end."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
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
    new_user,
    outcomes,
    reap,
    service,
    together,
    value,
)


def answers(db: psycopg.Connection, *entries: object) -> list[tuple[str, str | None]]:
    return [(answer["outcome"], answer["reason"]) for answer in fail(db, entries)]


def chunk(db: psycopg.Connection, of: Row) -> Row:
    return system.row(db, "select * from public.jobs_chunks where id = %s", of["chunk_id"])


def last_attempt(db: psycopg.Connection) -> None:
    db.execute("update public.jobs_chunks set attempts = 5")


def the_job(db: psycopg.Connection) -> Row:
    return system.row(db, "select * from public.jobs")


# One chunk


def test_a_failed_attempt_leaves_its_chunk_pending_with_the_error(db: psycopg.Connection, taken: list[Row]) -> None:
    assert answers(db, failure(taken[0], "out of memory")) == [("accepted", None)]
    stored = chunk(db, taken[0])
    assert (stored["status"], stored["attempts"], stored["error"]) == ("pending", 1, "out of memory")
    assert (stored["node_id"], stored["claimed_at"], stored["lease_expires_at"]) == (None, None, None)
    assert the_job(db)["status"] == "running"


def test_after_the_last_attempt_in_the_settings_the_chunk_has_failed(db: psycopg.Connection) -> None:
    user = new_user(db)
    new_node(db, user)
    create_job(db, user)
    system.change_settings(db, max_attempts=3)
    for n in range(3):
        [given] = assign(db)
        assert the_job(db)["status"] == "running"
        [answer] = fail(db, [failure(given, f"boom {n}")])
        assert answer["job_complete"] is (n == 2)
    assert assign(db) == []
    stored = chunk(db, given)
    assert (stored["status"], stored["attempts"], stored["error"]) == ("failed", 3, "boom 2")
    assert the_job(db)["status"] == "failed"


def test_a_success_clears_the_error(db: psycopg.Connection, taken: list[Row]) -> None:
    fail(db, [failure(taken[0])])
    complete(db, [entry(one) for one in taken[1:]])
    [again] = assign(db)
    assert outcomes(db, entry(again)) == [("accepted", None)]
    assert chunk(db, taken[0])["error"] is None


def test_a_chunk_that_kills_its_nodes_is_not_taken_back_for_ever(db: psycopg.Connection) -> None:
    user = new_user(db)
    new_node(db, user)
    create_job(db, user)
    for attempt in range(1, 6):
        [given] = assign(db)
        assert chunk(db, given)["attempts"] == attempt
        assert reap(db) == 1
    assert assign(db) == []
    assert chunk(db, given)["status"] == "failed"
    done = the_job(db)
    assert (done["status"], done["result"]) == ("failed", None)
    assert done["error"] == "1 of 1 chunks failed, the first with: no answer from the node in attempt 5"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        ("x" * 2000, "x" * 1000),
        (None, "the node gave no reason"),
        ("  ", "the node gave no reason"),
        (7, "7"),
        ({"a": 1}, '{"a": 1}'),
        ("' || -- \U0001f4a5", "' || -- \U0001f4a5"),
    ],
    ids=lambda argument: str(argument)[:20],
)
def test_whatever_a_node_says_is_kept_as_text_of_bounded_length(
    db: psycopg.Connection, taken: list[Row], error: object, kept: str
) -> None:
    assert answers(db, failure(taken[0], error)) == [("accepted", None)]
    assert chunk(db, taken[0])["error"] == kept


# Who is believed


def test_each_entry_is_answered_in_its_place_and_a_bad_one_sinks_no_other(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    complete(db, [entry(taken[1])])
    unknown = {**taken[0], "chunk_id": uuid.uuid4()}
    wrong = {**taken[0], "attempt_token": uuid.uuid4()}
    malformed: list[object] = [5, None, [], {"chunkId": "x"}, {**failure(taken[0]), "attemptToken": 5}]
    assert answers(
        db, *malformed, failure(unknown), failure(wrong), failure(taken[0]), failure(taken[0]), failure(taken[1])
    ) == [
        *[("invalid", "entry_malformed")] * 5,
        ("invalid", "chunk_unknown"),
        ("superseded", "reassigned"),
        ("accepted", None),
        ("already_done", "reported_before"),
        ("already_done", "completed_before"),
    ]


def test_without_a_token_only_the_node_that_holds_or_last_held_the_chunk_is_believed(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    stranger = new_node(db, new_user(db))
    for state in ("running", "pending"):
        if state == "pending":
            reap(db)
        for report in (failure, entry):
            tell = fail if report is failure else complete
            [answer] = tell(db, [report({**taken[0], "node_id": stranger}, token=False)])
            assert (answer["outcome"], answer["reason"]) == ("superseded", "reassigned")
    assert answers(db, failure(taken[0], token=False)) == [("accepted", None)]
    assert outcomes(db, entry(taken[0], token=False)) == [("accepted", None)]


def test_a_late_failure_of_a_chunk_that_is_running_elsewhere_changes_nothing(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    reap(db)
    db.execute("update public.nodes set quota = 4")
    again = assign(db)
    assert answers(db, failure(taken[0])) == [("superseded", "reassigned")]
    assert len(again) == 3
    assert value(db, "select count(*) from public.jobs_chunks where status = 'running'") == 3


def test_a_late_result_for_a_failed_chunk_is_superseded(db: psycopg.Connection, taken: list[Row]) -> None:
    last_attempt(db)
    fail(db, [failure(taken[0])])
    assert outcomes(db, entry(taken[0])) == [("superseded", "chunk_failed")]
    assert answers(db, failure(taken[0])) == [("superseded", "chunk_failed")]


@pytest.mark.parametrize("failures", ["null", "{}", '"x"', "5"])
def test_a_report_that_is_no_array_is_refused(db: psycopg.Connection, failures: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        service(db, "select * from public.fail_chunks(%s::jsonb)", failures)
    assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT400", "failures_not_an_array")
    assert caught.value.diag.message_hint
    assert fail(db, []) == []


def test_only_the_service_role_reports_failures(db: psycopg.Connection) -> None:
    for role in ("anon", "authenticated"):
        for schema in ("public", "private"):
            with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select {schema}.fail_chunks('[]')".encode())


# The job's end


def test_a_job_with_a_failed_chunk_ends_failed_with_the_partial_aggregate_and_the_reason(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    last_attempt(db)
    fail(db, [failure(taken[1], "division by zero")])
    complete(db, [entry(taken[0])])
    assert (the_job(db)["status"], the_job(db)["result"], the_job(db)["completed_at"]) == ("running", None, None)
    [answer] = complete(db, [entry(taken[2])])
    assert answer["job_complete"] is True
    done = the_job(db)
    assert (done["status"], done["completed_iterations"]) == ("failed", 2000)
    assert done["error"] == "1 of 3 chunks failed, the first with: division by zero"
    assert done["completed_at"] is not None
    assert (done["result"]["totalIterations"], done["result"]["chunksCompleted"]) == (2000, 2)
    assert done["result"]["meanDps"] == pytest.approx(100)


ENDS = {
    "completed": "update public.jobs_chunks set status = 'completed', result = '{\"meanDps\": 1}' where id = %s",
    "failed": "update public.jobs_chunks set status = 'failed', error = 'x' where id = %s",
    "cancelled": "update public.jobs_chunks set status = 'cancelled' where id = %s",
    "deleted": "delete from public.jobs_chunks where id = %s",
}


@pytest.mark.parametrize("ends", list(itertools.product(ENDS, repeat=3)), ids="-".join)
def test_a_job_ends_however_and_in_whatever_order_its_chunks_do(
    db: psycopg.Connection, taken: list[Row], ends: tuple[str, ...]
) -> None:
    for n, (given, end) in enumerate(zip(taken, ends, strict=True)):
        assert the_job(db)["status"] == "running", n
        db.execute(ENDS[end].encode(), [given["chunk_id"]])
    if "failed" in ends:
        expected = "failed"
    elif set(ends) == {"completed"}:
        expected = "completed"
    else:
        expected = "cancelled" if "cancelled" in ends else "failed"
    done = the_job(db)
    assert (done["status"], done["completed_iterations"]) == (expected, 1000 * ends.count("completed"))
    assert (done["error"] is not None) == (expected == "failed")
    assert (done["result"] is not None) == ("completed" in ends)
    assert done["completed_at"] is not None


def test_chunks_that_are_inserted_completed_move_and_end_their_job(db: psycopg.Connection) -> None:
    """As an import or an edge function might."""
    user = new_user(db)
    made = create_job(db, user, 2000)["jobId"]
    db.execute("delete from public.jobs_chunks where seed_offset = 1000")
    db.execute("update public.jobs_chunks set status = 'completed', result = '{\"meanDps\": 1}'")
    assert job(db, made)["status"] == "failed"

    again = create_job(db, user, 2000)["jobId"]
    db.execute("delete from public.jobs_chunks where job_id = %s and seed_offset = 1000", [again])
    insert = (
        "insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset, status, result) "
        "select id, config_hash, 1000, 1000, 'completed', '{\"meanDps\": 3}' from public.jobs where id = %s"
    )
    db.execute(insert.encode(), [again])
    assert (job(db, again)["status"], job(db, again)["completed_iterations"]) == ("running", 1000)
    db.execute(
        "update public.jobs_chunks set status = 'completed', result = '{\"meanDps\": 1}' where job_id = %s "
        "and status = 'pending'",
        [again],
    )
    assert job(db, again)["status"] == "completed"
    assert job(db, again)["result"]["meanDps"] == 2


def test_a_job_whose_last_chunks_end_at_the_same_time_in_different_ways_always_ends(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    system.change_settings(db, max_attempts=1)
    user = new_user(db)
    new_node(db, user, capacity=64)
    for _ in range(20):
        create_job(db, user, 3000)
    given = assign(db)
    assert len(given) == 60
    by_offset = [[one for one in given if one["seed_offset"] == 1000 * n] for n in range(3)]

    def do(conn: psycopg.Connection, which: int) -> None:
        for one in by_offset[which]:
            if which == 0:
                complete(conn, [entry(one)])
            elif which == 1:
                fail(conn, [failure(one)])
            else:
                conn.execute("delete from public.jobs_chunks where id = %s", [one["chunk_id"]])

    together(head_url, connect, *[partial(do, which=n) for n in range(3)])
    found = system.rows(db, "select status, completed_iterations, lost_iterations from public.jobs")
    assert found == [{"status": "failed", "completed_iterations": 1000, "lost_iterations": 2000}] * 20


def test_a_chunk_completed_and_failed_by_many_at_the_same_time_ends_once(
    db: psycopg.Connection, head_url: str, connect: Connect, taken: list[Row]
) -> None:
    last_attempt(db)

    def tell(conn: psycopg.Connection, *, good: bool) -> str:
        [answer] = complete(conn, [entry(taken[0])]) if good else fail(conn, [failure(taken[0])])
        return str(answer["outcome"])

    found = together(head_url, connect, *[partial(tell, good=n % 2 == 0) for n in range(8)])
    assert Counter(found)["accepted"] == 1
    assert the_job(db)["completed_iterations"] + the_job(db)["lost_iterations"] == 1000


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("jobs", "status = 'done'"),
        ("jobs", "access_type = 'everybody'"),
        ("jobs_chunks", "status = 'claimed'"),
        ("nodes", "status = 'away'"),
        ("nodes_permissions", "access_type = 'discord'"),
    ],
)
def test_a_status_that_does_not_exist_is_refused(upgraded_url: str, connect: Connect, table: str, change: str) -> None:
    with pytest.raises(errors.CheckViolation):
        connect(upgraded_url).execute(f"update public.{table} set {change}".encode())
