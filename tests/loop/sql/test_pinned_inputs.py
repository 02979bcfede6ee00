"""What a job computes is settled when it is submitted, comes once in an answer, and to nobody but who computes it."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

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
    job,
    new_node,
    new_rotation,
    new_user,
    rows,
    service,
    value,
)


def digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def told(
    db: psycopg.Connection,
    node: str,
    *,
    attempts: list[str] | None = None,
    known: list[str] | None = None,
    embed: bool = True,
) -> Row:
    """What a node is told of its chunks; `known` is None for a node that names no hashes."""
    call = "select c.answer from public.chunks_of_node(%s, %s::uuid[], %s::text[], %s) as c"
    found: Row = service(db, call, node, attempts or [], known, embed)[0]["answer"]
    return found


def edit(db: psycopg.Connection, owner: str, script: str) -> None:
    with acting_as(db, "authenticated", {"sub": owner}):
        db.execute("update public.rotations set script = %s where user_id = %s", [script, owner])


def fetched(db: psycopg.Connection, chunk: Row) -> Any:
    with acting_as(db, "anon"):
        call = "select public.attempt_inputs(%s, %s)"
        return value(db, call, chunk["chunk_id"], chunk["attempt_token"])


def test_a_job_goes_on_with_the_script_of_its_submission_when_the_rotation_is_edited(db: psycopg.Connection) -> None:
    owner = new_user(db)
    node = new_node(db, owner)
    rotation = new_rotation(db, owner)
    old = create_job(db, owner, 3000, config={"rotationId": rotation.upper()})["jobId"]
    first = assign(db, 1)
    edit(db, owner, "cast(2)")
    new = create_job(db, owner, 1000, config={"rotationId": rotation})["jobId"]
    assign(db)

    found = told(db, node, known=[])
    versions = {old: {"id": rotation, "version": 1, "checksum": digest("cast()")}}
    versions[new] = {"id": rotation, "version": 2, "checksum": digest("cast(2)")}
    jobs = {str(row["id"]): str(row["job_id"]) for row in rows(db, "select id, job_id from public.jobs_chunks")}
    assert [chunk["rotation"] for chunk in found["chunks"]] == [versions[jobs[c["chunkId"]]] for c in found["chunks"]]
    assert found["scripts"] == {digest("cast()"): "cast()", digest("cast(2)"): "cast(2)"}
    assert fetched(db, first[0])["rotation"]["script"] == "cast()"
    # Nothing that the owner does afterwards changes what the job says it was computed with.
    assert job(db, old)["script_checksum"] == digest("cast()")


def test_a_job_whose_rotation_is_deleted_fails_with_the_reason_and_keeps_what_was_completed(
    db: psycopg.Connection,
) -> None:
    owner, user = new_user(db), new_user(db)
    new_node(db, user)
    rotation, other = new_rotation(db, owner, public=True), new_rotation(db, owner, public=True)
    made = create_job(db, user, 3000, config={"rotationId": rotation})["jobId"]
    kept = create_job(db, user, 1000, config={"rotationId": other})["jobId"]
    first, second = assign(db, 2, str(value(db, "select id from public.nodes")))
    if str(first["job_id"]) != made:
        first, second = second, first
    complete(db, [entry(first)])
    with acting_as(db, "authenticated", {"sub": owner}):
        db.execute("delete from public.rotations where id = %s", [rotation])

    failed = job(db, made)
    assert (failed["status"], failed["result"]["chunksCompleted"]) == ("failed", 1)
    assert "the rotation that this job computes was deleted" in failed["error"]
    assert job(db, kept)["status"] in {"pending", "running"}
    with acting_as(db, "authenticated", {"sub": user}), pytest.raises(psycopg.Error) as caught:
        db.execute("select public.retry_job(%s)", [made])
    assert caught.value.diag.message_detail == "rotation_not_found"


def test_a_rotation_that_is_deleted_while_jobs_are_created_with_it_leaves_none_of_them_open(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    for _ in range(5):
        owner = new_user(db)
        rotation = new_rotation(db, owner)

        def create(session: psycopg.Connection, owner: str = owner, rotation: str = rotation) -> str:
            try:
                return str(create_job(session, owner, 2000, config={"rotationId": rotation})["jobId"])
            except psycopg.Error as error:
                return str(error.diag.message_detail)

        def delete(session: psycopg.Connection, rotation: str = rotation) -> str:
            session.execute("delete from public.rotations where id = %s", [rotation])
            return "deleted"

        answers = system.together(head_url, connect, create, create, delete, create)
        assert set(answers) - {"deleted", "rotation_not_found"} == {
            str(found["id"]) for found in rows(db, "select id from public.jobs where user_id = %s", owner)
        }
        assert value(db, "select count(*) from public.jobs where user_id = %s and status <> 'failed'", owner) == 0


def test_each_config_and_script_comes_once_and_only_if_the_node_lacks_it(db: psycopg.Connection) -> None:
    owner = new_user(db)
    node = new_node(db, owner, capacity=64)
    rotation = new_rotation(db, owner)
    made = create_job(db, owner, 20_000, config={"rotationId": rotation})
    assert len(assign(db)) == 20

    found = told(db, node, known=[])
    assert len(found["chunks"]) == 20
    assert found["configs"] == {made["configHash"]: {"rotationId": rotation}}
    assert found["scripts"] == {digest("cast()"): "cast()"}
    assert all(chunk.keys() & {"config"} == set() for chunk in found["chunks"])
    again = told(db, node, known=[made["configHash"], digest("cast()")])
    assert (len(again["chunks"]), again["configs"], again["scripts"]) == (20, {}, {})
    tokens = [chunk["attemptToken"] for chunk in found["chunks"]]
    known = told(db, node, attempts=tokens, known=[])
    assert (len(known["chunks"]), known["configs"], known["scripts"]) == (20, {}, {})


def test_an_older_node_gets_config_and_script_in_each_chunk_or_not_at_all(db: psycopg.Connection) -> None:
    owner = new_user(db)
    node = new_node(db, owner)
    config = {"rotationId": new_rotation(db, owner)}
    create_job(db, owner, 2000, config=config)
    assign(db)
    for chunk in told(db, node)["chunks"]:
        assert (chunk["config"], chunk["rotation"]["script"]) == (config, "cast()")
    for chunk in told(db, node, embed=False)["chunks"]:
        assert (chunk["config"], "script" in chunk["rotation"]) == (None, False)


@pytest.mark.parametrize("known", [None, []], ids=["embedded", "by hash"])
def test_an_answer_holds_no_more_than_the_settings_say_and_the_rest_comes_next(
    db: psycopg.Connection, known: list[str] | None
) -> None:
    system.change_settings(db, max_answer_bytes=65_536)
    owner = new_user(db)
    node = new_node(db, owner, capacity=64)
    for number in range(8):
        create_job(db, owner, config={"number": number, "filling": "x" * 30_000})
    assert len(assign(db)) == 8

    attempts: list[str] = []
    answers = 0
    while len(attempts) < 8:
        found = told(db, node, attempts=attempts, known=known)
        assert len(str(found)) < 70_000
        fresh = [chunk for chunk in found["chunks"] if chunk["attemptToken"] not in attempts]
        assert fresh
        for chunk in fresh:
            config = chunk["config"] if known is None else found["configs"][chunk["configHash"]]
            assert len(config["filling"]) == 30_000
        attempts += [chunk["attemptToken"] for chunk in fresh]
        answers += 1
    assert answers == 4


def test_one_that_is_larger_than_an_answer_still_comes(db: psycopg.Connection) -> None:
    """It was allowed when it was submitted."""
    system.change_settings(db, max_config_bytes=1_000_000)
    owner = new_user(db)
    node = new_node(db, owner)
    create_job(db, owner, config={"filling": "x" * 900_000})
    assign(db)
    system.change_settings(db, max_answer_bytes=65_536)
    [chunk] = told(db, node)["chunks"]
    assert len(chunk["config"]["filling"]) == 900_000


def test_inputs_are_fetched_with_the_token_of_a_running_attempt_and_with_nothing_else(db: psycopg.Connection) -> None:
    owner = new_user(db)
    new_node(db, owner, capacity=1)
    create_job(db, owner, 2000, config={"rotationId": new_rotation(db, owner)})
    [chunk] = assign(db)
    assert fetched(db, chunk)["rotation"]["script"] == "cast()"
    waits = str(value(db, "select id from public.jobs_chunks where status = 'pending'"))
    wrong = [{**chunk, "attempt_token": uuid.uuid4()}, {**chunk, "chunk_id": waits}, {**chunk, "attempt_token": None}]
    complete(db, [entry(chunk)])
    for one in [*wrong, chunk]:
        with pytest.raises(psycopg.Error) as caught:
            fetched(db, one)
        assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT404", "attempt_not_found")


def test_scripts_that_no_job_names_are_cleaned_up_and_the_others_stay(db: psycopg.Connection) -> None:
    owner = new_user(db)
    rotation = new_rotation(db, owner)
    kept = create_job(db, owner, config={"rotationId": rotation})["jobId"]
    edit(db, owner, "cast(2)")
    gone = create_job(db, owner, config={"rotationId": rotation})["jobId"]
    db.execute("delete from public.jobs where id = %s", [gone])
    db.execute("update private.scripts set last_used_at = now() - interval '8 days'")
    service(db, "select public.cleanup_stale_data()")
    assert rows(db, "select checksum from private.scripts") == [{"checksum": job(db, kept)["script_checksum"]}]
