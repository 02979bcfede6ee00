"""Trust is earned and lost: audits, losses that lapse, and what new owners may hold."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.crowd import PUBLIC, Crowd, mean, public_job, verdicts
from tests.support.system import assign, create_job, job, new_node, new_user, rows, value


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
