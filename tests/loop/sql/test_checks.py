"""Lies are found: what is computed twice, whose word counts, and what a lost dispute takes back."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.crowd import Crowd, mean, public_job, truth, verdicts
from tests.support.system import assign, complete, create_job, entry, job, new_node, new_user, row, rows, value

# Whose results count


def test_a_new_owners_result_counts_once_a_witness_came_to_the_same(db: psycopg.Connection, crowd: Crowd) -> None:
    new, witness = crowd.join(), crowd.join(valid=20)
    made = public_job(db, "spot")
    [given] = crowd.take(new)
    assert crowd.tell([given]) == ["accepted"]
    assert (job(db, made)["status"], job(db, made)["completed_iterations"]) == ("running", 0)
    # The report is answered as before, and the node is free.
    assert crowd.tell([given]) == ["already_done"]
    [copy] = crowd.take(witness)
    assert (copy["seed_offset"], copy["config_hash"]) == (given["seed_offset"], given["config_hash"])
    crowd.tell([copy])
    done = job(db, made)
    assert (done["status"], done["result"]["chunksCompleted"], done["corrected_at"]) == ("completed", 1, None)
    assert str(row(db, "select node_id from public.jobs_chunks where job_id = %s", made)["node_id"]) == new
    assert (crowd.trust(new)["valid"], crowd.trust(witness)["valid"]) == (1, 21)
    assert verdicts(db) == [("new owner", "confirmed")]


def test_strangers_do_not_confirm_each_other(db: psycopg.Connection, crowd: Crowd) -> None:
    sybils = [crowd.join() for _ in range(5)]
    made = public_job(db, "spot")
    crowd.tell(crowd.take(sybils[0]), lie=50)
    assert [crowd.take(each) for each in sybils] == [[]] * 5
    crowd.join(valid=20)
    crowd.tell(assign(db))
    assert job(db, made)["status"] == "running"


def test_a_trusted_owners_result_counts_at_once_and_opens_nothing(db: psycopg.Connection, crowd: Crowd) -> None:
    system.change_settings(db, spot_floor=0)
    trusted = crowd.join(valid=1_000_000)
    made = public_job(db, "spot", 8)
    given = crowd.take(trusted)
    assert value(db, "select count(*) from public.jobs_chunks where must_check") == 0
    crowd.tell(given)
    assert job(db, made)["status"] == "completed"
    assert verdicts(db) == []


def test_ones_own_nodes_are_believed_in_ones_own_jobs_and_nowhere_else(db: psycopg.Connection, crowd: Crowd) -> None:
    owner = new_user(db)
    mine = new_node(db, owner)
    made = create_job(db, owner, 1000, access="public", replication="quorum")["jobId"]
    crowd.tell(assign(db, 8, mine))
    assert (job(db, made)["status"], verdicts(db)) == ("completed", [])

    stranger = crowd.join()
    made = create_job(db, owner, 1000, access="public", replication="quorum")["jobId"]
    crowd.tell(crowd.take(stranger))
    crowd.tell(assign(db, 8, mine))
    # It is the second opinion, and the verdict; but nobody becomes trusted by a friend's jobs.
    assert (job(db, made)["status"], verdicts(db)) == ("completed", [("quorum", "confirmed")])
    assert crowd.trust(stranger)["valid"] == 0


def test_with_quorum_every_strangers_result_is_computed_twice_the_second_time_after_the_first(
    db: psycopg.Connection, crowd: Crowd
) -> None:
    one, other = crowd.join(valid=50), crowd.join(valid=50)
    made = public_job(db, "quorum", 3)
    first = crowd.take(one)
    assert (len(first), crowd.take(other)) == (3, [])
    crowd.tell(first)
    assert (job(db, made)["status"], crowd.take(one)) == ("running", [])
    crowd.tell(crowd.take(other))
    assert job(db, made)["status"] == "completed"


def test_a_copy_whose_turn_comes_to_the_one_who_was_first_goes_to_a_new_owner_who_has_room(
    db: psycopg.Connection, crowd: Crowd
) -> None:
    witness, new = crowd.join(appointed=True), crowd.join()
    public_job(db, "quorum")
    crowd.tell(crowd.take(witness))
    # Of two idle nodes, the one that was seen last is tried first.
    db.execute("update public.nodes set last_seen_at = now() + interval '1 second' where id = %s", [witness])
    assert [str(chunk["node_id"]) for chunk in assign(db)] == [new]


def test_a_copy_looks_like_any_other_chunk(db: psycopg.Connection, crowd: Crowd) -> None:
    one, other = crowd.join(valid=50), crowd.join(valid=50)
    made = public_job(db, "quorum", 2)
    [given, _] = crowd.take(one)
    crowd.tell([given])
    [copy] = crowd.take(other)
    assert set(copy) == set(given)
    assert str(copy["chunk_id"])[:23] == str(copy["job_id"])[:23]
    assert int(str(copy["chunk_id"])[24:], 16) == copy["seed_offset"]
    # Whoever computes it learns of no job, and the job's owner of no copy.
    for user in (crowd.owners[other], str(job(db, made)["user_id"])):
        with acting_as(db, "authenticated", {"sub": user}):
            assert rows(db, "select id from public.jobs where id = %s", copy["job_id"]) == []
    with acting_as(db, "authenticated", {"sub": str(job(db, made)["user_id"])}):
        assert len(rows(db, "select id from public.jobs_chunks")) == 2


# Disputes


def test_a_third_owner_decides_and_the_loser_is_blocked(db: psycopg.Connection, crowd: Crowd) -> None:
    liar, honest, third = crowd.join(valid=30), crowd.join(valid=30), crowd.join(valid=30)
    made = public_job(db, "quorum")
    crowd.tell(crowd.take(liar), lie=1)
    crowd.tell(crowd.take(honest))
    assert job(db, made)["status"] == "running"
    [copy] = crowd.take(third)
    crowd.tell([copy])
    assert mean(db, made) == pytest.approx(100)
    assert crowd.trust(liar) == {"valid": 0, "lost": 1, "blocked": True}
    assert (crowd.trust(honest)["valid"], crowd.trust(third)["valid"]) == (31, 31)
    create_job(db, new_user(db), 1000, access="public", replication="spot")
    assert crowd.take(liar) == []


def test_the_operators_word_decides_where_no_other_witness_is(db: psycopg.Connection, crowd: Crowd) -> None:
    """Or a dispute in a young system, with one witness, would have no end."""
    liar, operator = crowd.join(), crowd.join(appointed=True)
    made = public_job(db, "spot")
    crowd.tell(crowd.take(liar), lie=1)
    crowd.tell(crowd.take(operator))
    assert job(db, made)["status"] == "completed"
    assert mean(db, made) == pytest.approx(100)
    assert crowd.trust(liar)["lost"] == 1


def test_only_witnesses_are_heard_in_a_dispute(db: psycopg.Connection, crowd: Crowd) -> None:
    liar, honest, trusted = crowd.join(valid=30), crowd.join(valid=30), crowd.join(valid=19)
    public_job(db, "quorum")
    crowd.tell(crowd.take(liar), lie=1)
    crowd.tell(crowd.take(honest))
    assert crowd.take(trusted) == []


def test_any_figure_that_differs_is_a_dispute_and_rounding_is_not(db: psycopg.Connection, crowd: Crowd) -> None:
    one, other = crowd.join(valid=30), crowd.join(valid=30)
    public_job(db, "quorum", 5)
    first = crowd.take(one)
    crowd.tell(first)
    copies = crowd.take(other)
    changes: list[dict[str, Any]] = [
        {"meanDps": truth(copies[0]) * (1 + 1e-12)},
        {"stdDps": 10.1},
        {"minDps": 79.0},
        {"maxDps": 131.0},
        {},
    ]
    for copy, change in zip(copies, changes, strict=True):
        numbers: dict[str, Any] = {"meanDps": truth(copy), **change}
        complete(db, [entry(copy, **numbers)])
    crowd.settle()
    states = "select count(*) from private.checks where verdict"
    assert (value(db, states + " = 'confirmed'"), value(db, states + " is null")) == (2, 3)


def test_a_chunk_whose_results_never_agree_fails_and_nobody_loses(db: psycopg.Connection, crowd: Crowd) -> None:
    nodes = [crowd.join(valid=30) for _ in range(7)]
    made = public_job(db, "quorum")
    for n, _ in enumerate(nodes[:6]):
        [given] = assign(db)
        crowd.tell([given], lie=n + 1)
    done = job(db, made)
    assert (done["status"], "no two came to the same" in done["error"]) == ("failed", True)
    assert {crowd.trust(each)["lost"] for each in nodes} == {0}


def test_a_copy_that_fails_everywhere_is_ordered_again(db: psycopg.Connection, crowd: Crowd) -> None:
    system.change_settings(db, max_attempts=1)
    new, witness = crowd.join(), crowd.join(valid=30)
    made = public_job(db, "spot")
    crowd.tell(crowd.take(new))
    [copy] = crowd.take(witness)
    system.fail(db, [system.failure(copy)])
    value(db, "select public.reap_stale_chunks()")
    db.execute("update public.nodes set backoff_until = null")
    [again] = crowd.take(witness)
    crowd.tell([again])
    assert job(db, made)["status"] == "completed"


# The lot, the free test, and taking back


def test_the_lot_falls_on_as_many_as_the_law_says(db: psycopg.Connection, crowd: Crowd) -> None:
    trusted = crowd.join(valid=10, capacity=64)
    crowd.join(valid=30)
    made = [public_job(db, "spot", 64) for _ in range(10)]
    for _ in made:
        complete(db, [entry(chunk, meanDps=truth(chunk)) for chunk in crowd.take(trusted, 64)])
    assert all(job(db, each)["status"] == "completed" for each in made)
    # One in ten of 640: within five standard deviations.
    drawn = value(db, "select count(*) from private.checks where reason = 'lot'")
    assert 26 <= drawn <= 102, drawn


def test_an_odd_result_waits_and_is_found_wrong(db: psycopg.Connection, crowd: Crowd) -> None:
    system.change_settings(db, spot_floor=0)
    liar, honest = crowd.join(valid=1_000_000), crowd.join(valid=1_000_000, capacity=20)
    crowd.join(valid=30)
    made = public_job(db, "spot", 20)
    complete(db, [entry(chunk, meanDps=truth(chunk)) for chunk in crowd.take(honest, 19)])
    crowd.tell(crowd.take(liar, 1), lie=5)
    assert (job(db, made)["status"], verdicts(db)) == ("running", [("odd", None)])
    for _ in range(3):
        crowd.tell(assign(db))
    assert job(db, made)["status"] == "completed"
    assert mean(db, made) == pytest.approx(100.095)
    assert crowd.trust(liar)["lost"] == 1


def test_a_long_job_is_examined_on_its_way(db: psycopg.Connection, crowd: Crowd) -> None:
    system.change_settings(db, spot_floor=0, chunk_size=1)
    liar, honest = crowd.join(valid=1_000_000), crowd.join(valid=1_000_000, capacity=64)
    crowd.join(valid=30)
    made = create_job(db, new_user(db), 700, access="public", replication="spot")["jobId"]
    for _ in range(10):
        complete(db, [entry(chunk, meanDps=100 + chunk["seed_offset"] / 1e3) for chunk in crowd.take(honest, 52)])
    complete(db, [entry(chunk, meanDps=200, maxDps=1000) for chunk in crowd.take(liar, 1)])
    assert (verdicts(db), job(db, made)["completed_iterations"]) == ([], 521)
    value(db, "select public.reap_stale_chunks()")
    assert (verdicts(db), job(db, made)["completed_iterations"]) == ([("odd", None)], 520)


def test_equal_figures_under_different_seeds_are_odd_unless_most_are(db: psycopg.Connection, crowd: Crowd) -> None:
    system.change_settings(db, spot_floor=0)
    lazy, honest = crowd.join(valid=1_000_000), crowd.join(valid=1_000_000, capacity=20)
    public_job(db, "spot", 12)
    complete(db, [entry(chunk, meanDps=truth(chunk)) for chunk in crowd.take(honest, 9)])
    complete(db, [entry(chunk, meanDps=100.0512) for chunk in crowd.take(lazy)])
    assert value(db, "select count(*) from private.checks where reason = 'odd'") == 3
    same = public_job(db, "spot", 12)
    complete(db, [entry(chunk, meanDps=100.0512) for chunk in crowd.take(honest, 12)])
    assert value(db, "select count(*) from private.checks where job_id = %s", same) == 0


def test_jobs_without_replication_have_the_free_test_after_their_end(db: psycopg.Connection, crowd: Crowd) -> None:
    liar, honest = crowd.join(), crowd.join(capacity=20)
    crowd.join(appointed=True)
    made = public_job(db, "none", 20)
    complete(db, [entry(chunk, meanDps=truth(chunk)) for chunk in crowd.take(honest, 19)])
    crowd.tell(crowd.take(liar, 1), lie=5)
    assert (job(db, made)["status"], verdicts(db)) == ("completed", [])
    before = mean(db, made)
    db.execute("update public.jobs set completed_at = completed_at - interval '1 minute'")
    db.execute("update private.lots set examined_until = now() - interval '1 hour'")
    value(db, "select public.reap_stale_chunks()")
    for _ in range(3):
        crowd.tell(assign(db))
    done = job(db, made)
    assert (done["status"], done["corrected_at"] is not None) == ("completed", True)
    assert mean(db, made) == pytest.approx(100.095) != before
