"""Who sees and changes what: what is private is its owner's, whatever jobs need it; results are nobody's to write."""

from __future__ import annotations

import json
import uuid

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import assign, complete, create_job, entry, new_node, new_rotation, new_user, value

TABLES = ("jobs", "jobs_chunks", "jobs_configs", "nodes", "nodes_permissions", "rotations", "rotations_versions")


def visible(db: psycopg.Connection, rotation: str, user: str | None = None) -> bool:
    """Can somebody read this rotation's script? As a user, or as the world does, with the anon key."""
    with acting_as(db, "authenticated" if user else "anon", {"sub": user} if user else {}):
        return bool(system.rows(db, "select script from public.rotations where id = %s", rotation))


def test_a_private_rotation_is_its_owners_alone_whatever_jobs_need_it(db: psycopg.Connection) -> None:
    owner, other = new_user(db), new_user(db)
    rotation = new_rotation(db, owner)
    new_node(db, owner)
    seen = []

    def look() -> None:
        seen.append([visible(db, rotation, owner), visible(db, rotation, other), visible(db, rotation)])

    look()
    create_job(db, owner, config={"rotationId": rotation.upper()})
    look()  # pending
    [chunk] = assign(db)
    look()  # running
    complete(db, [entry(chunk)])
    look()  # completed
    assert seen == [[True, False, False]] * 4


def test_a_public_rotation_is_visible_to_everybody(db: psycopg.Connection) -> None:
    rotation = new_rotation(db, new_user(db), public=True)
    assert visible(db, rotation)
    assert visible(db, rotation, new_user(db))


@pytest.mark.parametrize("malformed", ["latest", 42, [], {}, None, True, "x" * 9000, "' or true --"], ids=str)
def test_a_malformed_rotation_id_in_an_open_jobs_config_breaks_nobodys_read(
    db: psycopg.Connection, malformed: object
) -> None:
    owner = new_user(db)
    private = new_rotation(db, owner)
    # Past create_job, which refuses it: as the edge functions of the transition write.
    with acting_as(db, "service_role"):
        db.execute(
            "insert into public.jobs_configs (hash, config) values ('x', %s)", [json.dumps({"rotationId": malformed})]
        )
        db.execute("insert into public.jobs (user_id, config_hash, total_iterations) values (%s, 'x', 1)", [owner])
    assert not visible(db, private)
    assert visible(db, private, owner)


def test_a_config_is_read_by_those_whose_jobs_have_it_and_not_listed_by_anybody(db: psycopg.Connection) -> None:
    owner, other = new_user(db), new_user(db)
    mine, shared = create_job(db, owner, config={"a": 1}), create_job(db, owner)
    create_job(db, other)
    read = "select hash from public.jobs_configs order by hash"
    for user, hashes in ((owner, {mine["configHash"], shared["configHash"]}), (other, {shared["configHash"]})):
        with acting_as(db, "authenticated", {"sub": user}):
            assert {found["hash"] for found in system.rows(db, read)} == hashes
    with acting_as(db, "anon"), pytest.raises(errors.InsufficientPrivilege):
        db.execute(read.encode())


def test_owners_of_the_job_and_of_the_assigned_node_see_a_chunk_and_nobody_else(db: psycopg.Connection) -> None:
    owner, helper, other = (new_user(db) for _ in range(3))
    new_node(db, helper, allow=("user", owner), capacity=1)
    create_job(db, owner, 2000, access="user")
    assign(db)
    seen = []
    for user in (owner, helper, other):
        with acting_as(db, "authenticated", {"sub": user}):
            seen.append([value(db, f"select count(*) from public.{table}") for table in ("jobs", "jobs_chunks")])
    assert seen == [[1, 2], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    "statement",
    [
        "update public.jobs set result = '{}'",
        "update public.jobs set status = 'completed'",
        "update public.jobs_chunks set result = '{}'",
        "update public.jobs_configs set config = '{}'",
        "delete from public.jobs_chunks",
        "insert into public.jobs (user_id, config_hash, total_iterations) select auth.uid(), hash, 1 from jobs_configs",
        "insert into public.jobs_configs (hash, config) values ('x', '{}')",
        "insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset) "
        "select id, config_hash, 1, 0 from public.jobs",
    ],
)
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_jobs_chunks_and_configs_change_through_functions_only(
    db: psycopg.Connection, role: str, statement: str
) -> None:
    user = new_user(db)
    create_job(db, user)
    with acting_as(db, role, {"sub": user}), pytest.raises(errors.InsufficientPrivilege):
        db.execute(statement.encode())


def test_an_owner_deletes_a_job_with_its_chunks_and_nobody_else_does(db: psycopg.Connection) -> None:
    owner = new_user(db)
    create_job(db, owner, 3000)
    counts = []
    for user in (new_user(db), owner):
        with acting_as(db, "authenticated", {"sub": user}):
            db.execute("delete from public.jobs")
        counts.append(value(db, "select count(*) from public.jobs_chunks"))
    assert counts == [3, 0]


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_nobody_truncates(db: psycopg.Connection, role: str) -> None:
    for table in TABLES:
        with acting_as(db, role), pytest.raises(errors.InsufficientPrivilege):
            db.execute(f"truncate public.{table} cascade".encode())


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_the_settings_and_alembics_table_are_out_of_reach(db: psycopg.Connection, role: str) -> None:
    for statement in (
        "select * from private.alembic_version",
        "delete from private.alembic_version",
        "update private.settings set chunk_size = 1",
        "create table private.mine (a int)",
    ):
        with acting_as(db, role), pytest.raises(errors.InsufficientPrivilege):
            db.execute(statement.encode())
    if role == "service_role":
        with acting_as(db, role):
            assert value(db, "select reap_every from private.settings").seconds == 60
    else:
        with acting_as(db, role), pytest.raises(errors.InsufficientPrivilege):
            db.execute("select * from private.settings")


@pytest.mark.parametrize(
    "setting",
    [
        "chunk_size = 0",
        "stale_after = '0'",
        "max_config_bytes = null",
        "reap_every = '-1 s'",
        "id = false",
        "max_attempts = 0",
        "max_open_jobs_per_user = -1",
        "max_iterations_per_job = 0",
        "chunk_retention = '0'",
        "lease_cap = '-1 s'",
        "batch_size = 0",
        "max_error_length = null",
        "max_answer_bytes = 1",
        "max_script_bytes = 0",
        "session_timeout = '0'",
        "jobs_per_minute = -1",
        "heartbeats_per_minute = null",
    ],
)
def test_the_settings_refuse_what_makes_no_sense(db: psycopg.Connection, setting: str) -> None:
    with pytest.raises((errors.CheckViolation, errors.NotNullViolation)):
        db.execute(f"update private.settings set {setting}".encode())


def test_there_is_one_row_of_settings(db: psycopg.Connection) -> None:
    with pytest.raises(errors.UniqueViolation):
        db.execute("insert into private.settings default values")


def test_owners_write_their_rotations_and_history_is_filed(db: psycopg.Connection) -> None:
    owner, other = new_user(db), new_user(db)
    with acting_as(db, "authenticated", {"sub": owner}):
        rotation = new_rotation(db, owner)
        db.execute("update public.rotations set script = 'cast(2)'")
        versions = "select current_version, v.version, v.script from public.rotations, public.rotations_versions as v"
        assert system.rows(db, versions) == [{"current_version": 2, "version": 1, "script": "cast()"}]
    create_job(db, owner, config={"rotationId": rotation})
    with acting_as(db, "authenticated", {"sub": other}):
        assert db.execute("update public.rotations set script = 'mine'").rowcount == 0
        assert db.execute("delete from public.rotations").rowcount == 0
    with pytest.raises(errors.InsufficientPrivilege), acting_as(db, "authenticated", {"sub": owner}):
        db.execute("update public.rotations set user_id = %s", [other])


def test_versions_are_added_to_ones_own_rotations_only(db: psycopg.Connection) -> None:
    owner, other = new_user(db), new_user(db)
    rotation = new_rotation(db, owner, public=True)
    add = "insert into public.rotations_versions (rotation_id, version, script, created_by) values (%s, %s, 'x', %s)"
    with acting_as(db, "authenticated", {"sub": owner}):
        db.execute(add, [rotation, 7, owner])
    for user in (owner, other):
        with pytest.raises(errors.InsufficientPrivilege), acting_as(db, "authenticated", {"sub": other}):
            db.execute(add, [rotation, 8, user])


def test_a_node_can_be_given_to_nobody_and_its_permissions_are_its_owners(db: psycopg.Connection) -> None:
    owner, other = new_user(db), new_user(db)
    node = new_node(db, owner)
    allow = "insert into public.nodes_permissions (node_id, access_type) values (%s, 'public')"
    with acting_as(db, "authenticated", {"sub": owner}):
        db.execute(allow, [node])
        db.execute("update public.nodes set name = 'renamed'")
    for statement, parameters, user in (
        (allow, [node], other),
        ("update public.nodes set user_id = %s", [other], owner),
    ):
        with pytest.raises(errors.InsufficientPrivilege), acting_as(db, "authenticated", {"sub": user}):
            db.execute(statement.encode(), parameters)


@pytest.mark.parametrize(
    ("column", "new", "allowed"),
    [
        ("name", "'mine'", True),
        ("max_parallel", "2", True),
        ("public_key", "'x'", False),
        ("status", "'online'", False),
        ("last_seen_at", "now()", False),
        ("total_cores", "4096", False),
        ("claim_code", "'AAAAAA'", False),
        ("user_id", "user_id", False),
    ],
)
def test_of_a_node_its_owner_changes_only_what_is_the_owners_to_say(
    db: psycopg.Connection, column: str, new: str, allowed: bool
) -> None:
    owner = new_user(db)
    new_node(db, owner)
    with acting_as(db, "authenticated", {"sub": owner}):
        statement = f"update public.nodes set {column} = {new}".encode()
        if allowed:
            assert db.execute(statement).rowcount == 1
        else:
            with pytest.raises(errors.InsufficientPrivilege):
                db.execute(statement)


def test_a_new_user_still_gets_a_name_from_the_auth_service(head_url: str, connect: Connect) -> None:
    auth = connect(head_url, user="supabase_auth_admin")
    auth.execute("insert into auth.users (id, email) values (%s, 'kim@example.test')", [uuid.uuid4()])
    assert value(auth, "select raw_user_meta_data ->> 'display_name' from auth.users") == "kim"


def test_a_policy_asks_once_who_the_user_is(db: psycopg.Connection) -> None:
    """In every policy, `auth.uid()` stands in a sub-select, which is evaluated once a query and not once a row."""
    found = system.rows(
        db,
        "select tablename, policyname, coalesce(qual, '') || coalesce(with_check, '') as test, roles::text[] "
        "from pg_policies where schemaname in ('public', 'private')",
    )
    assert len(found) == 17
    for policy in found:
        assert policy["test"].count("auth.uid()") == policy["test"].count("SELECT auth.uid()"), policy
        assert set(policy["roles"]) <= {"anon", "authenticated"}, policy
