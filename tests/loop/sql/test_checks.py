"""Lies are found: what is computed twice, whose word counts, and what a lost dispute takes back."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, job, new_node, new_user, row, rows, value

PUBLIC = ("public", None)


class Crowd:
    """Owners with a public node each; what they compute is right, unless a test says otherwise."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db
        self.owners: dict[str, str] = {}

    def join(self, *, valid: int = 0, appointed: bool = False, capacity: int = 8) -> str:
        """A node whose owner has so many valid results."""
        owner = new_user(self.db)
        node = new_node(self.db, owner, capacity=capacity, allow=PUBLIC)
        self.owners[node] = owner
        if valid or appointed:
            self.db.execute(
                "insert into private.owner_trust (owner, valid, appointed) values (%s, %s, %s)",
                [owner, valid, appointed],
            )
        return node

    def trust(self, node: str) -> Row:
        query = "select valid, lost, blocked_until > now() as blocked from private.owner_trust where owner = %s"
        found = rows(self.db, query, self.owners[node])
        return found[0] if found else {"valid": 0, "lost": 0, "blocked": None}

    def settle(self) -> None:
        while system.service(self.db, "select public.settle_checks() as n")[0]["n"]:
            pass

    def take(self, node: str, limit: int = 8) -> list[Row]:
        return assign(self.db, limit, node)

    def tell(self, chunks: list[Row], lie: float = 0.0) -> list[str]:
        """Hand results in; each chunk's is its own, and a lie is off by that much."""
        sent = [entry(chunk, meanDps=truth(chunk) + lie) for chunk in chunks]
        found = [answer["outcome"] for answer in complete(self.db, sent)]
        self.settle()
        return found


def truth(chunk: Row) -> float:
    return 100.0 + int(chunk["seed_offset"]) / 1e5


@pytest.fixture
def crowd(db: psycopg.Connection) -> Crowd:
    return Crowd(db)


def public_job(db: psycopg.Connection, replication: str, chunks: int = 1) -> str:
    made = create_job(db, new_user(db), 1000 * chunks, access="public", replication=replication)
    return str(made["jobId"])


def verdicts(db: psycopg.Connection) -> list[tuple[str, str | None]]:
    return [(each["reason"], each["verdict"]) for each in rows(db, "select * from private.checks order by opened_at")]


def mean(db: psycopg.Connection, made: str) -> float:
    return float(job(db, made)["result"]["meanDps"])


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


def test_whoever_loses_a_first_dispute_after_trust_is_audited_and_then_all_is_taken_back(
    db: psycopg.Connection, crowd: Crowd
) -> None:
    system.change_settings(db, spot_floor=0)
    liar = crowd.join(valid=1_000_000, capacity=64)
    for _ in range(3):
        crowd.join(valid=30, capacity=64)
    old = [public_job(db, "spot", 30) for _ in range(2)]
    for _ in old:
        # All of it is wrong alike, so the free test sees nothing.
        crowd.tell(crowd.take(liar, 30), lie=5)
    assert {job(db, each)["status"] for each in old} == {"completed"}
    wrong = [mean(db, each) for each in old]
    caught = public_job(db, "quorum")
    crowd.tell(crowd.take(liar, 1), lie=5)
    for _ in range(80):
        crowd.tell(assign(db, 64))
    assert (job(db, caught)["status"], crowd.trust(liar)["lost"] > 1) == ("completed", True)
    assert {each["reason"] for each in rows(db, "select reason from private.checks")} == {
        *("quorum", "audit", "taken back")
    }
    for each, before in zip(old, wrong, strict=True):
        assert mean(db, each) == pytest.approx(before - 5)
        assert job(db, each)["corrected_at"] is not None


def test_old_losses_lapse(db: psycopg.Connection, crowd: Crowd) -> None:
    node, other = crowd.join(valid=199), crowd.join(valid=30)
    db.execute("update private.owner_trust set lost = 2 where valid = 199")
    public_job(db, "quorum")
    crowd.tell(crowd.take(node))
    crowd.tell(crowd.take(other))
    assert crowd.trust(node) == {"valid": 200, "lost": 0, "blocked": None}


# New owners


def test_new_owners_hold_one_two_then_four_chunks_over_all_their_nodes(db: psycopg.Connection, crowd: Crowd) -> None:
    new = crowd.join()
    second = new_node(db, crowd.owners[new], allow=PUBLIC)
    public_job(db, "spot", 100)
    held = []
    for valid in (0, 1, 4, 5, 9, 10):
        db.execute(
            "insert into private.owner_trust (owner, valid) values (%s, %s) "
            "on conflict (owner) do update set valid = excluded.valid",
            [crowd.owners[new], valid],
        )
        given = [*crowd.take(new), *crowd.take(second)] if valid % 2 else assign(db)
        held.append(len(given))
        db.execute("update public.jobs_chunks set status = 'pending', node_id = null, attempts = 0")
    assert held == [1, 2, 2, 4, 4, 12]


def test_what_waits_to_be_confirmed_counts_as_held(db: psycopg.Connection, crowd: Crowd) -> None:
    new = crowd.join()
    public_job(db, "spot", 100)
    crowd.tell(crowd.take(new))
    assert (crowd.take(new), assign(db)) == ([], [])


def test_new_owners_together_hold_a_small_share(db: psycopg.Connection, crowd: Crowd) -> None:
    for _ in range(30):
        crowd.join()
    public_job(db, "spot", 100)
    for _ in range(3):
        crowd.tell(assign(db))
    assert value(db, "select count(*) from private.checks where settled_at is null") <= 30
    assert assign(db) == []


def test_jobs_without_replication_ask_nothing_of_new_owners(db: psycopg.Connection, crowd: Crowd) -> None:
    new = crowd.join()
    public_job(db, "none", 10)
    public_job(db, "spot", 10)
    assert len(crowd.take(new)) == 8
    assert value(db, "select count(*) from public.jobs_chunks where status = 'running' and pool like 'spot:%%'") == 1


# What clients see


def test_a_replication_that_does_not_exist_is_refused(db: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error) as caught:
        create_job(db, new_user(db), 1000, replication="thrice")
    assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT400", "replication_unknown")


@pytest.mark.parametrize("table", ["owner_trust", "checks", "opinions", "lots", "chunk_failures"])
def test_nobody_reads_what_is_known_of_owners(db: psycopg.Connection, table: str) -> None:
    for role in ("anon", "authenticated", "service_role"):
        with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
            db.execute(f"select from private.{table}".encode())


@pytest.mark.parametrize("end", ["cancelled", "deleted"])
def test_a_job_that_ends_while_its_chunk_is_checked_leaves_nothing_open(
    db: psycopg.Connection, crowd: Crowd, end: str
) -> None:
    new, witness = crowd.join(), crowd.join(valid=30)
    made = public_job(db, "spot")
    crowd.tell(crowd.take(new))
    call = "select public.cancel_job(%s)" if end == "cancelled" else "delete from public.jobs where id = %s"
    with acting_as(db, "authenticated", {"sub": str(job(db, made)["user_id"])}):
        db.execute(call.encode(), [made])
    [copy] = crowd.take(witness)
    crowd.tell([copy])
    assert verdicts(db) == [("new owner", "moot")]
    db.execute("update public.jobs set completed_at = now() - interval '2 hours' where replication = 'copy'")
    value(db, "select public.cleanup_stale_data()")
    assert value(db, "select count(*) from public.jobs where replication = 'copy'") == 0
