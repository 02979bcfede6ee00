"""A job follows its chunks: progress, status and result, exact under any interleaving."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, job, new_node, new_user, result, together

COMPLETE = "update public.jobs_chunks set status = 'completed', result = %s::jsonb where id = any(%s::uuid[])"


def new_job(db: psycopg.Connection, iterations: int, *, chunk_size: int = 10) -> tuple[str, list[Row]]:
    system.change_settings(db, chunk_size=chunk_size)
    made = create_job(db, new_user(db), iterations)["jobId"]
    chunks = system.rows(db, "select * from public.jobs_chunks where job_id = %s order by seed_offset", made)
    return made, chunks


def complete_directly(conn: psycopg.Connection, *chunks: Row, numbers: object = None) -> None:
    """As the edge functions of the transition do: they write the table as service_role."""
    text = json.dumps(numbers or result(chunks[0]["iterations"]))
    with acting_as(conn, "service_role"):
        conn.execute(COMPLETE, [text, [chunk["id"] for chunk in chunks]])


def expected(parts: Sequence[Row]) -> Row:
    """The aggregate as the wire's facts describe it, by the textbook: within-chunk and between-chunk variance."""
    total = sum(part["iterations"] for part in parts)
    mean = math.fsum(part["iterations"] * part["meanDps"] for part in parts) / total
    spread = math.fsum(part["iterations"] * (part["stdDps"] ** 2 + (part["meanDps"] - mean) ** 2) for part in parts)
    return {
        "meanDps": pytest.approx(mean, rel=1e-12),
        "stdDps": pytest.approx(math.sqrt(spread / total), rel=1e-9),
        "standardError": pytest.approx(math.sqrt(spread) / total, rel=1e-9),
        "minDps": min(part["minDps"] for part in parts),
        "maxDps": max(part["maxDps"] for part in parts),
        "totalIterations": total,
        "chunksCompleted": len(parts),
    }


def test_a_job_moves_with_its_chunks_and_ends_with_the_weighted_aggregate(db: psycopg.Connection) -> None:
    made, _ = new_job(db, 25)
    assert job(db, made)["status"] == "pending"
    new_node(db, str(job(db, made)["user_id"]))
    chunks = assign(db)
    assert (job(db, made)["status"], job(db, made)["completed_iterations"]) == ("running", 0)

    parts = [result(chunk["iterations"], 100.0 + 7 * n, 5.0 + n) for n, chunk in enumerate(chunks)]
    for n, (chunk, part) in enumerate(zip(chunks, parts, strict=True)):
        assert (job(db, made)["status"], job(db, made)["result"]) == ("running", None)
        [answer] = complete(db, [entry(chunk, **part)])
        assert (answer["outcome"], answer["job_complete"]) == ("accepted", n == 2)
        assert job(db, made)["completed_iterations"] == sum(p["iterations"] for p in parts[: n + 1])

    done = job(db, made)
    assert done["status"] == "completed"
    assert done["completed_at"] is not None
    assert done["result"] == expected(parts)


def test_a_chunk_that_the_old_edge_functions_complete_counts_too(db: psycopg.Connection) -> None:
    made, (first, second) = new_job(db, 20)
    complete_directly(db, first)
    assert (job(db, made)["status"], job(db, made)["completed_iterations"]) == ("running", 10)
    complete_directly(db, second)
    assert job(db, made)["result"] == expected([result(10)] * 2)


def test_the_weight_is_the_chunks_own_iterations_whatever_the_result_says(db: psycopg.Connection) -> None:
    made, (first, second) = new_job(db, 11)
    complete_directly(db, first, numbers=result(1, 100))
    complete_directly(db, second, numbers=result(1_000_000, 200))
    assert job(db, made)["result"]["meanDps"] == pytest.approx((10 * 100 + 1 * 200) / 11)


def test_a_completed_chunk_that_is_set_back_is_taken_out_again(db: psycopg.Connection) -> None:
    made, (first, second, _) = new_job(db, 30)
    complete_directly(db, first, second)
    db.execute("update public.jobs_chunks set status = 'pending' where id = %s", [first["id"]])
    assert job(db, made)["completed_iterations"] == 10


def test_a_completed_chunk_that_is_set_back_and_done_again_counts_with_its_new_result(db: psycopg.Connection) -> None:
    made, (first, second) = new_job(db, 20)
    complete_directly(db, first, numbers=result(10, 1000))
    db.execute("update public.jobs_chunks set status = 'pending', result = null where id = %s", [first["id"]])
    complete_directly(db, second, numbers=result(10, 100))
    assert job(db, made)["status"] == "running"
    complete_directly(db, first, numbers=result(10, 200))
    assert job(db, made)["result"] == expected([result(10, 100), result(10, 200)])


def test_a_completed_chunk_that_is_removed_from_an_open_job_is_taken_out_again(db: psycopg.Connection) -> None:
    made, (first, second) = new_job(db, 20)
    complete_directly(db, first, numbers=result(10, 1000))
    db.execute("delete from public.jobs_chunks where id = %s", [first["id"]])
    assert (job(db, made)["completed_iterations"], job(db, made)["lost_iterations"]) == (0, 10)
    complete_directly(db, second)
    done = job(db, made)
    assert (done["status"], done["error"]) == ("failed", "chunks of the job are gone")
    assert done["result"] == expected([result(10)])


def test_chunks_set_back_and_completed_by_many_at_once_leave_exact_counts(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    made, chunks = new_job(db, 210)

    def work(conn: psycopg.Connection, mine: list[Row]) -> None:
        for chunk in mine:
            complete_directly(conn, chunk, numbers=result(10, 1))
            conn.execute("update public.jobs_chunks set status = 'pending', result = null where id = %s", [chunk["id"]])
            complete_directly(conn, chunk, numbers=result(10, 300))

    together(head_url, connect, *[partial(work, mine=chunks[n:20:5]) for n in range(5)])
    assert (job(db, made)["status"], job(db, made)["completed_iterations"]) == ("running", 200)
    complete_directly(db, chunks[20], numbers=result(10, 300))
    assert job(db, made)["result"] == expected([result(10, 300)] * 21)


def test_a_change_of_anything_else_counts_nothing_twice(db: psycopg.Connection) -> None:
    made, (first, _) = new_job(db, 20)
    complete_directly(db, first)
    db.execute("update public.jobs_chunks set completed_at = now()")
    assert job(db, made)["completed_iterations"] == 10


def test_the_result_of_a_finished_job_is_frozen(db: psycopg.Connection) -> None:
    made, chunks = new_job(db, 20)
    complete_directly(db, *chunks)
    before = job(db, made)
    db.execute("update public.jobs_chunks set status = 'pending', result = null")
    db.execute("delete from public.jobs_chunks")
    assert job(db, made) == before


@pytest.mark.parametrize(
    "numbers",
    [
        {"meanDps": "NaN", "stdDps": "Infinity", "minDps": None, "maxDps": []},
        {"meanDps": 10**400, "stdDps": 1, "minDps": 1, "maxDps": 1},
        {},
        [],
        "text",
    ],
    ids=str,
)
def test_a_stored_result_without_usable_numbers_stops_nothing_and_counts_in_no_figure(
    db: psycopg.Connection, numbers: object
) -> None:
    made, (first, second) = new_job(db, 20)
    db.execute(COMPLETE, [json.dumps(numbers), [first["id"]]])
    complete_directly(db, second)
    assert job(db, made)["result"] == {**expected([result(10)]), "totalIterations": 20, "chunksCompleted": 2}


def test_numbers_beyond_double_precision_in_old_results_stop_nothing(db: psycopg.Connection) -> None:
    made, chunks = new_job(db, 20)
    text = '{"meanDps": 1e-16000, "stdDps": 1e-16000, "minDps": 0e-16000, "maxDps": 1e131000}'
    db.execute(COMPLETE, [text, [chunk["id"] for chunk in chunks]])
    assert job(db, made)["status"] == "completed"


def test_equal_chunks_have_the_deviation_of_one_of_them(db: psycopg.Connection) -> None:
    made, chunks = new_job(db, 30)
    complete_directly(db, *chunks, numbers=result(10, 1e9, 0.001))
    assert job(db, made)["result"]["stdDps"] == pytest.approx(0.001)


def test_a_job_that_another_session_is_just_finishing_is_not_opened_again(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    made, (first, second) = new_job(db, 20)
    complete_directly(db, first)
    finishing = connect(head_url, autocommit=False)
    finishing.execute(COMPLETE, [json.dumps(result(10)), [second["id"]]])

    def set_back(conn: psycopg.Connection) -> None:
        conn.execute("update public.jobs_chunks set status = 'pending' where id = %s", [first["id"]])

    def finish(_: psycopg.Connection) -> None:
        system.wait_until(db, system.WAITING, 1)
        finishing.commit()

    together(head_url, connect, set_back, finish)
    assert (job(db, made)["status"], job(db, made)["completed_iterations"]) == ("completed", 20)


@pytest.mark.parametrize("direct", [True, False], ids=["as edge functions do", "complete_chunks"])
def test_many_sessions_complete_all_chunks_of_one_job_exactly(
    db: psycopg.Connection, head_url: str, connect: Connect, direct: bool
) -> None:
    made, _ = new_job(db, 8 * 25 * 10 - 3)
    new_node(db, str(job(db, made)["user_id"]), capacity=64)
    # More than the node has room for, which is not the aggregate's business.
    db.execute(
        "update public.jobs_chunks set status = 'running', attempt_token = gen_random_uuid(), attempts = 1, "
        "node_id = (select id from public.nodes)"
    )
    chunks = system.rows(db, "select *, id as chunk_id from public.jobs_chunks")
    draw = random.Random(5)
    parts = {
        chunk["id"]: result(chunk["iterations"], draw.uniform(9e4, 1.1e5), draw.uniform(1, 9e3)) for chunk in chunks
    }

    def work(conn: psycopg.Connection, mine: list[Row]) -> None:
        for chunk in mine:
            if direct:
                complete_directly(conn, chunk, numbers=parts[chunk["id"]])
            else:
                assert complete(conn, [entry(chunk, **parts[chunk["id"]])])[0]["outcome"] == "accepted"

    together(head_url, connect, *[partial(work, mine=chunks[n::8]) for n in range(8)])
    done = job(db, made)
    assert (done["status"], done["completed_iterations"]) == ("completed", 8 * 25 * 10 - 3)
    assert done["result"] == expected(list(parts.values()))


def test_the_last_two_chunks_completed_at_the_same_time_always_finish_the_job(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    pairs = [new_job(db, 20)[1] for _ in range(25)]

    def work(conn: psycopg.Connection, which: int) -> None:
        for pair in pairs:
            complete_directly(conn, pair[which])

    together(head_url, connect, *[partial(work, which=n) for n in (0, 1)])
    assert system.value(db, "select count(*) from public.jobs where status = 'completed' and result is not null") == 25


def test_statements_over_the_same_jobs_in_opposite_orders_do_not_deadlock(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    made = [new_job(db, 400)[1] for _ in range(6)]
    draw = random.Random(7)

    def work(conn: psycopg.Connection, which: int) -> None:
        for n in range(10):
            batch = [chunks[4 * n + which] for chunks in made]
            draw.shuffle(batch)
            complete_directly(conn, *batch)

    together(head_url, connect, *[partial(work, which=n) for n in range(4)])
    assert system.value(db, "select count(*) from public.jobs where status = 'completed'") == 6


def heard(db: psycopg.Connection, listener: psycopg.Connection, action: Callable[[], Any]) -> list[str]:
    """The payloads of what an action sends; a last notification of our own marks the end."""
    action()
    db.execute("notify pending_chunk, 'end'")
    payloads = []
    for notification in listener.notifies(timeout=10):
        if notification.payload == "end":
            break
        payloads.append(notification.payload)
    return payloads


def test_a_notification_is_sent_once_a_statement_and_only_when_there_is_something_to_assign(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    listener = connect(head_url)
    listener.execute("listen pending_chunk")
    user = new_user(db)
    new_node(db, user, capacity=60)
    assert heard(db, listener, lambda: create_job(db, user, 50_000)) == [""]

    assert heard(db, listener, lambda: assign(db)) == []
    taken = system.rows(db, "select *, id as chunk_id from public.jobs_chunks where status = 'running'")
    assert len(taken) == 50
    assert heard(db, listener, lambda: complete(db, [entry(chunk) for chunk in taken[:40]])) == []

    back = "update public.jobs_chunks set status = 'pending', node_id = null where status = 'running'"
    assert heard(db, listener, lambda: db.execute(back)) == [""]
    assert heard(db, listener, lambda: db.execute(back)) == []
    touched = "update public.jobs_chunks set created_at = now() where status = 'pending'"
    assert heard(db, listener, lambda: db.execute(touched)) == []
    ready = "insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset, status) "
    copy = ready + "select job_id, config_hash, 1, 0, 'completed' from public.jobs_chunks limit 5"
    assert heard(db, listener, lambda: db.execute(copy.encode())) == []
