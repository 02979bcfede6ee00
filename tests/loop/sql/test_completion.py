"""complete_chunks: which result counts."""

from __future__ import annotations

import uuid
from collections import Counter
from functools import partial

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import (
    Row,
    assign,
    complete,
    create_job,
    entry,
    new_node,
    new_user,
    outcomes,
    reap,
    service,
    together,
    value,
)


def test_a_result_under_the_token_of_the_attempt_is_accepted_once(db: psycopg.Connection, taken: list[Row]) -> None:
    assert outcomes(db, entry(taken[0])) == [("accepted", None)]
    stored = system.row(db, "select * from public.jobs_chunks where id = %s", taken[0]["chunk_id"])
    assert (stored["status"], stored["result"]) == ("completed", system.result(1000))
    assert stored["completed_at"] is not None
    assert outcomes(db, entry(taken[0], meanDps=101)) == [("already_done", "completed_before")]
    assert value(db, "select completed_iterations from public.jobs") == 1000


def test_each_entry_is_answered_in_its_place_and_a_bad_one_sinks_no_other(
    db: psycopg.Connection, taken: list[Row]
) -> None:
    unknown = {**taken[0], "chunk_id": uuid.uuid4()}
    answers = complete(
        db, [entry(taken[2]), 5, entry(unknown), entry(taken[0], stdDps=-1), None, entry(taken[1]), entry(taken[2])]
    )
    assert [(answer["outcome"], answer["reason"]) for answer in answers] == [
        ("accepted", None),
        ("invalid", "entry_malformed"),
        ("invalid", "chunk_unknown"),
        ("invalid", "std_negative"),
        ("invalid", "entry_malformed"),
        ("accepted", None),
        ("already_done", "completed_before"),
    ]
    assert [answer["chunk_id"] for answer in answers[5:]] == [taken[1]["chunk_id"], taken[2]["chunk_id"]]
    assert not any(answer["job_complete"] for answer in answers)
    assert complete(db, [entry(taken[0])])[0]["job_complete"] is True
    assert complete(db, [entry(taken[0])])[0]["job_complete"] is True


def test_the_first_good_result_of_a_report_counts(db: psycopg.Connection, taken: list[Row]) -> None:
    wrong = {**taken[0], "attempt_token": uuid.uuid4()}
    found = outcomes(db, entry(wrong), entry(taken[0], iterations=7), entry(taken[0], minDps=1), entry(taken[0]))
    assert [outcome for outcome, _ in found] == ["superseded", "invalid", "accepted", "already_done"]
    assert value(db, "select result -> 'minDps' from public.jobs_chunks where status = 'completed'") == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"chunkId": "x"}, "entry_malformed"),
        ({"chunkId": None}, "entry_malformed"),
        ({"nodeId": "x"}, "entry_malformed"),
        ({"nodeId": None}, "entry_malformed"),
        ({"attemptToken": "x"}, "entry_malformed"),
        ({"attemptToken": 5}, "entry_malformed"),
        ({"result": None}, "result_not_numeric"),
        ({"result": []}, "result_not_numeric"),
        ({"result": "x"}, "result_not_numeric"),
    ],
    ids=str,
)
def test_an_entry_that_makes_no_sense_is_invalid(
    db: psycopg.Connection, taken: list[Row], change: Row, reason: str
) -> None:
    assert outcomes(db, {**entry(taken[0]), **change}) == [("invalid", reason)]


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"meanDps": "NaN"}, "result_not_numeric"),
        ({"maxDps": "Infinity"}, "result_not_numeric"),
        ({"minDps": None}, "result_not_numeric"),
        ({"stdDps": "1"}, "result_not_numeric"),
        ({"iterations": True}, "result_not_numeric"),
        ({"maxDps": 10**300}, "result_out_of_range"),
        ({"minDps": -(10**300)}, "result_out_of_range"),
        ({"stdDps": -0.001}, "std_negative"),
        ({"minDps": 101}, "mean_outside_range"),
        ({"maxDps": 99}, "mean_outside_range"),
        ({"minDps": 1, "maxDps": 0, "meanDps": 0.5}, "mean_outside_range"),
        ({"iterations": 999}, "iterations_differ"),
        ({"iterations": 1000.5}, "iterations_differ"),
    ],
    ids=str,
)
def test_a_result_that_cannot_be_is_invalid_and_changes_nothing(
    db: psycopg.Connection, taken: list[Row], numbers: Row, reason: str
) -> None:
    assert outcomes(db, entry(taken[0], **numbers)) == [("invalid", reason)]
    assert value(db, "select count(*) from public.jobs_chunks where status = 'running'") == 3


def test_a_mean_of_equal_values_may_be_off_by_a_rounding_error(db: psycopg.Connection, taken: list[Row]) -> None:
    numbers: Row = {"meanDps": 0.1 * 3, "minDps": 0.3, "maxDps": 0.3, "stdDps": 0}
    assert outcomes(db, entry(taken[0], **numbers)) == [("accepted", None)]


def test_whatever_else_a_result_holds_is_not_kept(db: psycopg.Connection, taken: list[Row]) -> None:
    outcomes(db, entry(taken[0], note="x" * 1000, iterations=1000.0))
    assert value(db, "select result from public.jobs_chunks where status = 'completed'") == system.result(1000)


def test_without_a_token_the_node_that_holds_the_chunk_is_believed(db: psycopg.Connection, taken: list[Row]) -> None:
    stranger = {**taken[0], "node_id": new_node(db, new_user(db))}
    assert outcomes(db, entry(stranger, token=False)) == [("superseded", "reassigned")]
    assert outcomes(db, entry(taken[0], token=False)) == [("accepted", None)]


@pytest.mark.parametrize("token", [True, False], ids=["with token", "as existing nodes do"])
def test_a_late_result_counts_while_its_chunk_is_pending_again(
    db: psycopg.Connection, taken: list[Row], token: bool
) -> None:
    reap(db)
    assert outcomes(db, entry(taken[0], token=token)) == [("accepted", None)]
    stored = system.row(db, "select status, node_id from public.jobs_chunks where id = %s", taken[0]["chunk_id"])
    assert stored == {"status": "completed", "node_id": taken[0]["node_id"]}


@pytest.mark.parametrize("token", [True, False], ids=["with token", "as existing nodes do"])
def test_a_late_result_is_superseded_once_its_chunk_is_running_elsewhere(
    db: psycopg.Connection, taken: list[Row], token: bool
) -> None:
    reap(db)
    db.execute("update public.nodes set status = 'offline'")
    new_node(db, str(value(db, "select user_id from public.jobs")))
    [again] = [chunk for chunk in assign(db) if chunk["chunk_id"] == taken[0]["chunk_id"]]
    assert outcomes(db, entry(taken[0], token=token)) == [("superseded", "reassigned")]
    assert outcomes(db, entry(again)) == [("accepted", None)]


def test_a_result_for_a_chunk_that_nobody_was_given_does_not_count(db: psycopg.Connection) -> None:
    user = new_user(db)
    node = new_node(db, user)
    create_job(db, user)
    chunk = system.row(db, "select id as chunk_id, iterations from public.jobs_chunks")
    found = outcomes(
        db,
        entry({**chunk, "node_id": node}, token=False),
        entry({**chunk, "node_id": node, "attempt_token": uuid.uuid4()}),
    )
    assert [outcome for outcome, _ in found] == ["superseded", "superseded"]


@pytest.mark.parametrize("results", ["null", "{}", '"x"', "5"])
def test_a_report_that_is_no_array_is_refused(db: psycopg.Connection, results: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        service(db, "select * from public.complete_chunks(%s::jsonb)", results)
    assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT400", "results_not_an_array")
    assert complete(db, []) == []


def test_one_chunk_reported_by_many_at_the_same_time_counts_once(
    db: psycopg.Connection, head_url: str, connect: Connect, taken: list[Row]
) -> None:
    found = together(head_url, connect, *[lambda conn: outcomes(conn, entry(taken[0]))] * 8)
    assert Counter(outcome for [(outcome, _)] in found) == {"accepted": 1, "already_done": 7}
    assert value(db, "select completed_iterations from public.jobs") == 1000


def test_overlapping_reports_and_reaping_neither_deadlock_nor_count_twice(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    new_node(db, user, capacity=60)
    for _ in range(4):
        create_job(db, user, 15_000)
    entries = [entry(chunk) for chunk in assign(db)]

    def report(conn: psycopg.Connection, step: int) -> list[str]:
        order = [entries[(n * step) % 60] for n in range(60)]
        found = [outcomes(conn, *order[n : n + 10]) for n in range(0, 60, 10)]
        return [outcome for batch in found for outcome, _ in batch]

    def disturb(conn: psycopg.Connection) -> list[str]:
        for _ in range(20):
            value(conn, "select public.reap_stale_chunks()")
        return []

    # Everything that runs is stale at once, and what is taken back still counts as long as nobody else has it.
    system.expire_leases(db)
    reports = [partial(report, step=step) for step in (1, 7, 11, 13, 17, 59)]
    found = Counter(outcome for each in together(head_url, connect, disturb, *reports) for outcome in each)
    assert found["accepted"] == 60
    assert value(db, "select array_agg(distinct completed_iterations) from public.jobs") == [15_000]
    assert value(db, "select count(*) from public.jobs where status = 'completed'") == 4


def test_a_job_deleted_while_its_chunks_are_reported_does_not_deadlock(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    new_node(db, user, capacity=60)
    for _ in range(6):
        jobs = [create_job(db, user, 10_000)["jobId"] for _ in range(4)]
        entries = [entry(chunk) for chunk in assign(db)]

        def report(conn: psycopg.Connection, entries: list[Row] = entries) -> None:
            for one in entries:
                complete(conn, [one])

        def delete(conn: psycopg.Connection, jobs: list[str] = jobs) -> None:
            for one in jobs:
                with acting_as(conn, "authenticated", {"sub": user}):
                    conn.execute("delete from public.jobs where id = %s", [one])

        together(head_url, connect, report, delete)
        assert value(db, "select count(*) from public.jobs") == 0
