"""What a node may hold is earned, and a chunk is not tried again where it failed."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from functools import partial

import psycopg
import pytest

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
    reap,
    row,
    service,
    together,
    value,
)

PUBLIC = ("public", None)


def stranger(db: psycopg.Connection, *, capacity: int = 8, quota: int | None = None) -> str:
    """A node of somebody's, open to the public."""
    return new_node(db, new_user(db), capacity=capacity, allow=PUBLIC, quota=quota)


def node(db: psycopg.Connection, which: str) -> Row:
    return row(
        db,
        "select quota, backoff_step, backoff_until - now() as pause, status from public.nodes where id = %s",
        which,
    )


def minutes(db: psycopg.Connection, which: str) -> float:
    """Minutes for which a node is left alone yet; zero if it is not."""
    pause = node(db, which)["pause"]
    return round(pause.total_seconds() / 60, 1) if pause else 0.0


def public_job(db: psycopg.Connection, chunks: int) -> str:
    return str(create_job(db, new_user(db), 1000 * chunks, access="public")["jobId"])


def pause_is_over(db: psycopg.Connection) -> None:
    db.execute("update public.nodes set backoff_until = now()")


# Quotas


def test_a_new_node_holds_eight_chunks_however_many_cores_it_claims(db: psycopg.Connection) -> None:
    made = service(db, "select public.register_node(%s, 'box', 4096, 4096, 'linux', '1') ->> 'id' as id", key())
    owner = new_user(db)
    db.execute("update public.nodes set user_id = %s, status = 'online', last_seen_at = now()", [owner])
    create_job(db, owner, 1_000_000)
    assert len(assign(db)) == 8
    assert len(assign(db, node=str(made[0]["id"]))) == 0


@pytest.mark.parametrize("one", [True, False], ids=["for itself", "for all"])
def test_valid_results_double_the_quota_up_to_the_cores(db: psycopg.Connection, one: bool) -> None:
    owner = new_user(db)
    made = new_node(db, owner, capacity=40, quota=8)
    create_job(db, owner, 1_000_000)
    held = []
    for _ in range(5):
        given = assign(db, node=made if one else None)
        held.append(len(given))
        complete(db, [entry(given[0])])
        db.execute("update public.jobs_chunks set status = 'pending', node_id = null where status = 'running'")
    assert held == [8, 16, 32, 40, 40]


def test_no_node_holds_more_than_the_settings_allow(db: psycopg.Connection) -> None:
    system.change_settings(db, max_chunks_per_node=10)
    owner = new_user(db)
    made = new_node(db, owner, capacity=40, quota=8)
    create_job(db, owner, 1_000_000)
    complete(db, [entry(given) for given in assign(db)])
    assert (node(db, made)["quota"], len(assign(db))) == (10, 10)


def test_a_node_at_its_full_quota_is_not_written(db: psycopg.Connection) -> None:
    made = stranger(db, capacity=4)
    public_job(db, 4)
    before = value(db, "select xmin::text from public.nodes where id = %s", made)
    given = assign(db)
    assert value(db, "select count(*) from public.jobs_chunks where must_check") == 0
    complete(db, [entry(chunk) for chunk in given])
    assert value(db, "select xmin::text from public.nodes where id = %s", made) == before


def test_failures_halve_the_quota_and_at_one_the_node_is_left_alone_ever_longer(db: psycopg.Connection) -> None:
    bad = stranger(db)
    public_job(db, 100)
    given = assign(db, 3, bad)
    fail(db, [failure(given[0])])
    assert (node(db, bad)["quota"], minutes(db, bad)) == (4, 0)
    fail(db, [failure(given[1])])
    fail(db, [failure(given[2])])
    # The chunks were claimed before the first of these failures, so together they are one failure in a row.
    assert (node(db, bad)["quota"], minutes(db, bad)) == (1, 1)
    pauses = []
    for _ in range(5):
        assert assign(db) == assign(db, node=bad) == []
        pause_is_over(db)
        [probe] = assign(db, node=bad)
        fail(db, [failure(probe)])
        pauses.append(minutes(db, bad))
    assert pauses == [2, 4, 8, 15, 15]


def test_a_failure_that_is_reported_twice_counts_once(db: psycopg.Connection) -> None:
    bad = stranger(db)
    public_job(db, 8)
    [given, *_] = assign(db, 1)
    fail(db, [failure(given), failure(given)])
    fail(db, [failure(given)])
    assert node(db, bad)["quota"] == 4


def test_a_valid_result_ends_the_back_off(db: psycopg.Connection) -> None:
    bad = stranger(db)
    public_job(db, 100)
    *wrong, right = assign(db)
    fail(db, [failure(chunk) for chunk in wrong])
    assert (node(db, bad)["quota"], minutes(db, bad)) == (1, 1)
    complete(db, [entry(right)])
    assert (node(db, bad)["quota"], node(db, bad)["backoff_step"], minutes(db, bad)) == (2, 0, 0)
    for quota in (4, 8):
        complete(db, [entry(assign(db)[0])])
        assert node(db, bad)["quota"] == quota


def test_a_node_that_is_started_again_is_tried_at_once_with_one_chunk(db: psycopg.Connection) -> None:
    bad = stranger(db)
    public_job(db, 100)
    fail(db, [failure(chunk) for chunk in assign(db)])
    public_key = key()
    db.execute("update public.nodes set public_key = %s", [public_key])
    assert assign(db) == []
    service(db, "select public.register_node(%s, 'box', 64, 8, 'linux', '2')", public_key)
    assert len(assign(db)) == 1
    # It has earned nothing yet: the next pause is longer.
    [running] = system.rows(db, "select id as chunk_id, * from public.jobs_chunks where status = 'running'")
    fail(db, [failure(running)])
    assert minutes(db, bad) == 2


def test_a_node_that_loses_chunks_holds_half_as_many_and_is_not_left_alone(db: psycopg.Connection) -> None:
    silent = stranger(db)
    public_job(db, 100)
    assert len(assign(db)) == 8
    reap(db)
    assert (node(db, silent)["quota"], minutes(db, silent)) == (4, 0)


def test_ones_own_only_node_goes_on_with_ones_own_work(db: psycopg.Connection) -> None:
    """Nobody else is harmed, and the owner learns at once what is wrong."""
    owner = new_user(db)
    new_node(db, owner, allow=PUBLIC)
    others = public_job(db, 5)
    mine = str(create_job(db, owner, 1000)["jobId"])
    for _ in range(30):
        fail(db, [failure(chunk) for chunk in assign(db)])
    assert (job(db, mine)["status"], job(db, others)["status"]) == ("failed", "running")


# Where a chunk is tried


@pytest.mark.parametrize("one", [True, False], ids=["for itself", "for all"])
def test_a_chunk_does_not_go_back_to_the_node_that_failed_it_while_another_may_run_it(
    db: psycopg.Connection, one: bool
) -> None:
    bad, good = stranger(db), stranger(db, capacity=1)
    made = public_job(db, 2)
    [busy] = assign(db, node=good)
    [given] = assign(db, node=bad)
    fail(db, [failure(given)])
    # The good one is busy, and there is room only where the chunk failed.
    assert assign(db, node=bad if one else None) == []
    complete(db, [entry(busy)])
    [again] = assign(db, node=good if one else None)
    assert (again["chunk_id"], str(again["node_id"])) == (given["chunk_id"], good)
    complete(db, [entry(again)])
    assert job(db, made)["status"] == "completed"


def test_other_chunks_pass_one_that_waits_for_another_node(db: psycopg.Connection) -> None:
    bad, good = stranger(db), stranger(db, capacity=1)
    public_job(db, 1)
    [given] = assign(db, node=bad)
    fail(db, [failure(given)])
    user = new_user(db)
    for _ in range(3):
        create_job(db, user, 1000, access="public")
    given_now = assign(db)
    assert len(given_now) == 4
    assert [str(each["node_id"]) for each in given_now if each["chunk_id"] == given["chunk_id"]] == [good]


def test_whose_first_chunk_waits_for_another_node_loses_no_turn_and_takes_nobodys(db: psycopg.Connection) -> None:
    bad, good = stranger(db, capacity=1), stranger(db, capacity=1)
    held = public_job(db, 1)
    assert [str(each["job_id"]) for each in assign(db, node=good)] == [held]
    first, *others = sorted((new_user(db) for _ in range(3)), key=uuid.UUID)
    jobs = [str(create_job(db, user, 20_000, access="public")["jobId"]) for user in (first, *others)]
    while True:  # until the one that comes first of all has failed one
        [given] = assign(db, node=bad)
        if str(given["job_id"]) == jobs[0]:
            break
        complete(db, [entry(given)])
    fail(db, [failure(given)])
    pause_is_over(db)
    served: Counter[str] = Counter()
    for _ in range(12):
        [given] = assign(db)
        assert str(given["node_id"]) == bad
        served[str(given["job_id"])] += 1
        complete(db, [entry(given)])
    assert served == dict.fromkeys(jobs, 4)


def test_a_chunk_that_failed_goes_to_the_other_of_its_owners_nodes_though_both_are_left_alone(
    db: psycopg.Connection,
) -> None:
    owner = new_user(db)
    nodes = [new_node(db, owner, capacity=1) for _ in range(2)]
    create_job(db, owner, 2000)
    given = assign(db)
    fail(db, [failure(chunk) for chunk in given])
    assert all(minutes(db, each) for each in nodes)
    other = {chunk["chunk_id"]: next(each for each in nodes if each != str(chunk["node_id"])) for chunk in given}
    assert {chunk["chunk_id"]: str(chunk["node_id"]) for chunk in assign(db)} == other


def test_a_chunk_goes_back_once_nobody_else_is_there(db: psycopg.Connection) -> None:
    bad, good = stranger(db), stranger(db)
    public_job(db, 1)
    [given] = assign(db, node=bad)
    fail(db, [failure(given)])
    pause_is_over(db)
    assert assign(db, node=bad) == []
    db.execute("update public.nodes set status = 'offline' where id = %s", [good])
    assert [each["chunk_id"] for each in assign(db, node=bad)] == [given["chunk_id"]]


def test_a_chunk_that_fails_everywhere_is_tried_on_distinct_nodes_and_they_get_their_quota_back(
    db: psycopg.Connection,
) -> None:
    nodes = [stranger(db) for _ in range(7)]
    made = public_job(db, 1)
    tried = []
    while job(db, made)["status"] != "failed":
        [given] = assign(db)
        tried.append(str(given["node_id"]))
        fail(db, [failure(given)])
    assert len(tried) == len(set(tried)) == 5
    assert [node(db, each)["quota"] for each in nodes] == [8] * 7
    assert not any(minutes(db, each) for each in nodes)


def test_one_node_that_fails_at_once_beside_good_ones_fails_no_job(db: psycopg.Connection) -> None:
    bad = stranger(db)
    for _ in range(3):
        stranger(db, capacity=4)
    jobs = [public_job(db, 60) for _ in range(5)]
    failures = 0
    for _ in range(200):
        given = assign(db)
        wrong = [chunk for chunk in given if str(chunk["node_id"]) == bad]
        while wrong:  # it fails at once, and asks again
            failures += len(wrong)
            fail(db, [failure(chunk) for chunk in wrong])
            wrong = assign(db, node=bad)
        complete(db, [entry(chunk) for chunk in given if str(chunk["node_id"]) != bad])
    assert Counter(job(db, made)["status"] for made in jobs) == {"completed": 5}
    assert failures <= 8


# Chunks that are handed back


def test_a_chunk_that_is_handed_back_costs_no_attempt(db: psycopg.Connection) -> None:
    system.change_settings(db, max_attempts=1)
    leaving, other = stranger(db), stranger(db)
    made = public_job(db, 1)
    [given] = assign(db, node=leaving)
    back = {**failure(given), "handedBack": True}
    assert [each["outcome"] for each in fail(db, [back])] == ["accepted"]
    assert [each["outcome"] for each in fail(db, [back])] == ["superseded"]
    stored = row(db, "select status, attempts, error from public.jobs_chunks")
    assert (stored["status"], stored["attempts"], stored["error"]) == ("pending", 0, None)
    assert node(db, leaving)["quota"] == 8
    [again] = assign(db)
    assert str(again["node_id"]) == other
    complete(db, [entry(again)])
    assert job(db, made)["status"] == "completed"


def test_a_node_that_hands_chunks_back_and_stays_is_given_none_for_a_while(db: psycopg.Connection) -> None:
    made = stranger(db)
    public_job(db, 100)
    fail(db, [{**failure(chunk), "handedBack": True} for chunk in assign(db)])
    db.execute("update public.nodes set status = 'online'")
    assert (assign(db), minutes(db, made)) == ([], 1)


def test_reports_of_all_kinds_at_once_leave_every_chunk_in_one_place(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    nodes = [stranger(db) for _ in range(6)]
    made = [public_job(db, 40) for _ in range(3)]

    def work(conn: psycopg.Connection, which: int) -> None:
        for turn in range(40):
            given = assign(conn, 8, nodes[which] if turn % 2 else None)
            third = [given[n::3] for n in range(3)]
            complete(conn, [entry(chunk) for chunk in third[0]])
            fail(conn, [failure(chunk) for chunk in third[1]])
            fail(conn, [{**failure(chunk), "handedBack": True} for chunk in third[2]])
            conn.execute(
                "update public.nodes set status = 'online', backoff_until = null where id = %s", [nodes[which]]
            )

    together(head_url, connect, *[partial(work, which=n) for n in range(6)])
    states = "select count(*) from public.jobs_chunks where (status = 'running') <> (node_id is not null)"
    assert value(db, states + " and status <> 'completed'") == 0
    assert all(job(db, each)["completed_iterations"] % 1000 == 0 for each in made)


def key() -> str:
    """A public key as a node sends it."""
    return base64.b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).decode()
