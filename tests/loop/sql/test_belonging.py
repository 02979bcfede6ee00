"""Chunks belong to a job although no foreign key says so: they come only where it is, and go with it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import assign, complete, create_job, entry, new_node, new_user, rows, value

NOBODYS = "00000000-0000-0000-0000-000000000001"
ADD = (
    "insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset) "
    "select %s::uuid, 'old', 1000, 1000 * g from generate_series(1, 3) as g"
)
ORPHANS = (
    "select count(*) from public.jobs_chunks as c where not exists (select from public.jobs as j where j.id = c.job_id)"
)


def test_chunks_of_a_job_that_is_not_there_are_refused(db: psycopg.Connection) -> None:
    job = create_job(db, new_user(db))["jobId"]
    with pytest.raises(errors.ForeignKeyViolation, match=NOBODYS), acting_as(db, "service_role"):
        db.execute(ADD, [NOBODYS])
    with pytest.raises(errors.ForeignKeyViolation, match=NOBODYS), acting_as(db, "service_role"):
        db.execute("update public.jobs_chunks set job_id = %s where job_id = %s", [NOBODYS, job])
    assert value(db, ORPHANS) == 0


def test_jobs_deleted_by_one_statement_take_their_chunks_and_no_others(db: psycopg.Connection) -> None:
    user = new_user(db)
    gone = [create_job(db, user, 3000)["jobId"] for _ in range(3)]
    stays = create_job(db, user, 2000)["jobId"]
    with acting_as(db, "authenticated", {"sub": user}):
        db.execute("delete from public.jobs where id = any(%s::uuid[])", [gone])
    assert rows(db, "select distinct job_id::text from public.jobs_chunks") == [{"job_id": stays}]
    assert value(db, "select count(*) from public.jobs_chunks") == 2


@pytest.mark.parametrize("kept", [True, False], ids=["it is added", "it is taken back"])
def test_a_deletion_waits_for_whoever_is_adding_chunks(
    kept: bool, db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    job = create_job(db, new_user(db))["jobId"]
    adding, deleting = connect(head_url), connect(head_url)
    adding.autocommit = False
    adding.execute(ADD, [job])
    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(deleting.execute, "delete from public.jobs where id = %s", [job])
        system.wait_until(db, system.WAITING, 1)
        adding.commit() if kept else adding.rollback()
        assert deleted.result(30).rowcount == 1
    assert value(db, "select count(*) from public.jobs_chunks") == 0


@pytest.mark.parametrize("gone", [True, False], ids=["it is deleted", "it stays"])
def test_whoever_adds_chunks_waits_for_a_deletion(
    gone: bool, db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    job = create_job(db, new_user(db))["jobId"]
    adding, deleting = connect(head_url), connect(head_url)
    deleting.autocommit = False
    deleting.execute("delete from public.jobs where id = %s", [job])
    with ThreadPoolExecutor(1) as pool:
        added = pool.submit(adding.execute, ADD, [job])
        system.wait_until(db, system.WAITING, 1)
        if gone:
            deleting.commit()
            with pytest.raises(errors.ForeignKeyViolation):
                added.result(30)
        else:
            deleting.rollback()
            assert added.result(30).rowcount == 3
    assert value(db, ORPHANS) == 0
    assert value(db, "select count(*) from public.jobs_chunks") == (0 if gone else 4)


def test_no_chunk_outlives_its_job_whoever_creates_claims_completes_and_adds_meanwhile(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    nodes = [new_node(db, user, capacity=20) for _ in range(2)]
    over = threading.Event()

    def create(conn: psycopg.Connection) -> None:
        for _ in range(30):
            create_job(conn, user, 5000)
        over.set()

    def work(conn: psycopg.Connection, node: str) -> None:
        while not over.is_set():
            complete(conn, [entry(chunk) for chunk in assign(conn, 7, node)])

    def add(conn: psycopg.Connection) -> None:
        while not over.is_set():
            for found in rows(conn, "select id from public.jobs order by random() limit 2"):
                try:
                    conn.execute(ADD, [found["id"]])
                except errors.ForeignKeyViolation:
                    continue

    def delete(conn: psycopg.Connection) -> None:
        while not over.is_set():
            conn.execute("delete from public.jobs where id = (select id from public.jobs order by random() limit 1)")

    works = [create, delete, add, *(lambda conn, node=node: work(conn, node) for node in nodes)]
    system.together(head_url, connect, *works)
    assert value(db, ORPHANS) == 0
    db.execute("delete from public.jobs")
    assert value(db, "select count(*) from public.jobs_chunks") == 0


def test_an_owner_reads_the_chunks_of_a_job_by_name_and_no_secret_of_theirs(db: psycopg.Connection) -> None:
    owner = new_user(db)
    new_node(db, owner)
    job = create_job(db, owner, 3000)["jobId"]
    assign(db, 1)
    read = "select c.status, c.attempt_token, c.pool from public.jobs as j, public.jobs_chunks(j) as c where j.id = %s"
    with acting_as(db, "authenticated", {"sub": owner}):
        found = rows(db, read, job)
    assert sorted(chunk["status"] for chunk in found) == ["pending", "pending", "running"]
    assert {(chunk["attempt_token"], chunk["pool"]) for chunk in found} == {(None, None)}
    # And with another one's row in hand, as anybody can write it down, still none but the own ones.
    with acting_as(db, "authenticated", {"sub": new_user(db)}):
        forged = "select count(*) from public.jobs_chunks(jsonb_populate_record(null::public.jobs, %s))"
        assert value(db, forged, f'{{"id": "{job}"}}') == 0
