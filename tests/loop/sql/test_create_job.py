"""create_job: one call, all or nothing, and every refusal with a code of its own."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import Row, create_job, new_rotation, new_user, together, value

NOBODY = "00000000-0000-4000-8000-000000000000"


def written(db: psycopg.Connection) -> list[int]:
    tables = ("jobs", "jobs_chunks", "jobs_configs")
    return [value(db, f"select count(*) from public.{table}") for table in tables]


def refusal(call: Callable[[], object]) -> tuple[str | None, str | None]:
    """SQLSTATE and stable code; a refusal without message or hint does not count."""
    with pytest.raises(psycopg.Error) as caught:
        call()
    assert caught.value.diag.message_primary
    assert caught.value.diag.message_hint
    return caught.value.sqlstate, caught.value.diag.message_detail


@pytest.mark.parametrize(
    ("iterations", "sizes"), [(1, [1]), (1000, [1000]), (1001, [1000, 1]), (2500, [1000, 1000, 500])]
)
def test_a_job_is_cut_into_chunks_and_the_last_one_takes_the_rest(
    db: psycopg.Connection, iterations: int, sizes: list[int]
) -> None:
    made = create_job(db, new_user(db), iterations)
    chunks = system.rows(
        db, "select iterations, seed_offset from public.jobs_chunks where job_id = %s order by 2", made["jobId"]
    )
    assert made["chunks"] == len(sizes)
    assert [chunk["iterations"] for chunk in chunks] == sizes
    assert [chunk["seed_offset"] for chunk in chunks] == [sum(sizes[:n]) for n in range(len(sizes))]


def test_the_size_of_a_chunk_comes_from_the_settings(db: psycopg.Connection) -> None:
    system.change_settings(db, chunk_size=300)
    assert create_job(db, new_user(db), 1000)["chunks"] == 4


def test_the_hash_is_the_same_for_any_order_of_keys_and_any_white_space(db: psycopg.Connection) -> None:
    user = new_user(db)
    texts = ['{"b":[1,2],"aa":"x"}', ' { "aa" : "x",\n "b" : [1 , 2] } ']
    hashes = {create_job(db, user, config=text)["configHash"] for text in texts}
    canonical = value(db, "select %s::jsonb::text", texts[0])
    assert hashes == {hashlib.sha256(canonical.encode()).hexdigest()}
    assert written(db)[2] == 1


def test_using_a_config_again_keeps_it_from_being_cleaned_up(db: psycopg.Connection) -> None:
    create_job(db, new_user(db))
    db.execute("update public.jobs_configs set last_used_at = now() - interval '1 year'")
    create_job(db, new_user(db))
    assert value(db, "select last_used_at > now() - interval '1 minute' from public.jobs_configs")


BOMBS = {
    "many digits": '{"a": [' + ",".join(["1e131071"] * 2000) + "]}",
    "digits after the point": '{"a": [' + ",".join(["0e-16383"] * 2000) + "]}",
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"user": None}, ("PT401", "not_signed_in")),
        ({"config": "[]"}, ("PT400", "config_not_an_object")),
        ({"config": "null"}, ("PT400", "config_not_an_object")),
        ({"config": '"{}"'}, ("PT400", "config_not_an_object")),
        ({"config": json.dumps({"a": "x" * 70_000})}, ("PT413", "config_too_large")),
        ({"config": json.dumps({"a": "x" * 1_000_000})}, ("PT413", "config_too_large")),
        ({"config": BOMBS["many digits"]}, ("PT400", "config_number_out_of_range")),
        ({"config": BOMBS["digits after the point"]}, ("PT400", "config_number_out_of_range")),
        ({"iterations": None}, ("PT400", "iterations_out_of_range")),
        ({"iterations": 0}, ("PT400", "iterations_out_of_range")),
        ({"iterations": -1}, ("PT400", "iterations_out_of_range")),
        ({"iterations": 10_000_001}, ("PT400", "iterations_out_of_range")),
        ({"access": None}, ("PT400", "access_type_unknown")),
        ({"access": "Public"}, ("PT400", "access_type_unknown")),
        ({"access": "discord"}, ("PT400", "discord_server_required")),
        ({"access": "discord", "guild": "  "}, ("PT400", "discord_server_required")),
        ({"config": {"rotationId": NOBODY}}, ("PT404", "rotation_not_found")),
        ({"config": {"rotationId": "latest"}}, ("PT404", "rotation_not_found")),
        ({"config": {"rotationId": 42}}, ("PT404", "rotation_not_found")),
        ({"config": {"rotationId": "x" * 9_000}}, ("PT404", "rotation_not_found")),
    ],
    ids=lambda argument: str(argument)[:60],
)
def test_a_refusal_has_a_code_a_message_and_a_hint_and_writes_nothing(
    db: psycopg.Connection, arguments: Row, expected: tuple[str, str]
) -> None:
    user = new_user(db)
    assert refusal(lambda: create_job(db, **{"user": user, **arguments})) == expected
    assert written(db) == [0, 0, 0]


def test_a_config_that_only_the_parser_can_still_follow_is_refused(db: psycopg.Connection) -> None:
    text = '{"a":' * 14_000 + "1" + "}" * 14_000
    with pytest.raises(psycopg.Error) as caught:
        create_job(db, new_user(db), config=text)
    # How deep the parser goes depends on how the server was built; what it refuses never reaches us.
    assert caught.value.sqlstate == "54001" or caught.value.diag.message_detail == "config_too_deep"
    assert written(db) == [0, 0, 0]


def test_a_null_config_is_refused(db: psycopg.Connection) -> None:
    with acting_as(db, "authenticated", {"sub": new_user(db)}), pytest.raises(psycopg.Error) as caught:
        db.execute("select public.create_job(null, 1)")
    assert caught.value.diag.message_detail == "config_not_an_object"


@pytest.mark.parametrize("number", ["1.7976931348623157e308", "-5e-324", "0.1", "12345678901234567890"])
def test_every_number_that_a_double_can_hold_is_fine(db: psycopg.Connection, number: str) -> None:
    assert create_job(db, new_user(db), config=f'{{"a": {number}}}')["chunks"] == 1


def test_a_config_of_exactly_the_allowed_size_is_fine(db: psycopg.Connection) -> None:
    system.change_settings(db, max_config_bytes=20)
    user = new_user(db)
    assert create_job(db, user, config={"a": "x" * 11})["chunks"] == 1
    assert refusal(lambda: create_job(db, user, config={"a": "x" * 12}))[1] == "config_too_large"


def test_the_largest_job_has_as_many_chunks_as_the_settings_allow(db: psycopg.Connection) -> None:
    system.change_settings(db, max_chunks_per_job=20)
    assert create_job(db, new_user(db), 20_000)["chunks"] == 20
    assert refusal(lambda: create_job(db, new_user(db), 20_001))[1] == "iterations_out_of_range"


def test_ones_own_and_public_rotations_may_be_used_in_any_spelling(db: psycopg.Connection) -> None:
    me, other = new_user(db), new_user(db)
    for rotation in (new_rotation(db, me), new_rotation(db, other, public=True)):
        for spelling in (rotation, rotation.upper()):
            assert create_job(db, me, config={"rotationId": spelling})["jobId"]


def test_a_config_may_name_no_rotation(db: psycopg.Connection) -> None:
    assert create_job(db, new_user(db), config={"rotationId": None})["jobId"]


def test_somebody_elses_private_rotation_is_not_found_even_while_an_open_job_names_it(db: psycopg.Connection) -> None:
    owner, me = new_user(db), new_user(db)
    config = {"rotationId": new_rotation(db, owner)}
    assert refusal(lambda: create_job(db, me, config=config)) == ("PT404", "rotation_not_found")
    create_job(db, owner, config=config)
    assert refusal(lambda: create_job(db, me, config=config)) == ("PT404", "rotation_not_found")


def test_a_discord_server_is_kept_for_access_type_discord_only(db: psycopg.Connection) -> None:
    user = new_user(db)
    made = [create_job(db, user, access=access, guild=" 81 ") for access in ("discord", "public")]
    assert [system.job(db, job["jobId"])["discord_server_id"] for job in made] == ["81", None]


def test_a_retried_call_returns_the_same_job(db: psycopg.Connection) -> None:
    user, request = new_user(db), str(uuid.uuid4())
    first = create_job(db, user, 2500, request=request)
    assert create_job(db, user, 2500, request=request) == first
    assert create_job(db, new_user(db), 2500, request=request)["jobId"] != first["jobId"]


def test_a_retried_call_finds_its_job_although_the_rotation_has_gone(db: psycopg.Connection) -> None:
    user, request = new_user(db), str(uuid.uuid4())
    config = {"rotationId": new_rotation(db, user)}
    first = create_job(db, user, config=config, request=request)
    db.execute("delete from public.rotations")
    assert create_job(db, user, config=config, request=request) == first


def test_a_request_id_cannot_stand_for_another_job(db: psycopg.Connection) -> None:
    user, request = new_user(db), str(uuid.uuid4())
    create_job(db, user, request=request)
    for changed in (
        partial(create_job, db, user, 999, request=request),
        partial(create_job, db, user, config={"a": 1}, request=request),
    ):
        assert refusal(changed) == ("PT409", "request_id_reused")


def test_users_racing_with_one_config_all_succeed_and_share_its_row(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    users = [new_user(db) for _ in range(8)]
    made = together(head_url, connect, *[partial(create_job, user=user, iterations=5000) for user in users])
    assert len({job["jobId"] for job in made}) == 8
    assert written(db) == [8, 40, 1]


def test_racing_calls_with_one_request_id_make_one_job(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    user = new_user(db)
    for n in range(10):
        call = partial(create_job, user=user, iterations=3000, request=str(uuid.uuid4()))
        made = together(head_url, connect, *[call] * 8)
        assert len({job["jobId"] for job in made}) == 1
        assert {job["chunks"] for job in made} == {3}
        assert written(db)[0] == n + 1


def test_a_user_may_have_so_many_open_jobs_as_the_settings_say(db: psycopg.Connection) -> None:
    system.change_settings(db, max_open_jobs_per_user=2)
    user, other = new_user(db), new_user(db)
    first, _ = create_job(db, user)["jobId"], create_job(db, user)
    assert refusal(lambda: create_job(db, user)) == ("PT429", "too_many_open_jobs")
    assert written(db)[:2] == [2, 2]
    create_job(db, other)
    db.execute("update public.jobs_chunks set status = 'completed' where job_id = %s", [first])
    create_job(db, user)


def test_a_repeated_request_gets_its_job_even_if_the_quota_is_used_up(db: psycopg.Connection) -> None:
    system.change_settings(db, max_open_jobs_per_user=1)
    user, request = new_user(db), str(uuid.uuid4())
    first = create_job(db, user, request=request)
    assert create_job(db, user, request=request) == first


def test_racing_calls_get_no_more_open_jobs_than_the_quota(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    system.change_settings(db, max_open_jobs_per_user=5)
    for _ in range(3):
        user = new_user(db)

        def try_it(conn: psycopg.Connection, user: str = user) -> str:
            try:
                return str(create_job(conn, user)["jobId"])
            except psycopg.Error as error:
                return str(error.diag.message_detail)

        found = together(head_url, connect, *[try_it] * 16)
        assert found.count("too_many_open_jobs") == 11
        assert value(db, "select count(*) from public.jobs where user_id = %s", user) == 5


def test_racing_calls_with_one_request_id_share_the_last_place_in_the_quota(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    system.change_settings(db, max_open_jobs_per_user=1)
    call = partial(create_job, user=new_user(db), request=str(uuid.uuid4()))
    assert len({job["jobId"] for job in together(head_url, connect, *[call] * 8)}) == 1


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"max_iterations_per_job": 5000}, 5000),
        ({"max_chunks_per_job": 3}, 3000),
        ({"max_chunks_per_job": 3, "chunk_size": 10}, 30),
    ],
    ids=str,
)
def test_iterations_and_chunks_of_a_job_are_bounded_by_the_settings(
    db: psycopg.Connection, settings: Row, most: int
) -> None:
    system.change_settings(db, **settings)
    user = new_user(db)
    create_job(db, user, most)
    assert refusal(lambda: create_job(db, user, most + 1)) == ("PT400", "iterations_out_of_range")


def test_the_anonymous_may_not_call_it(db: psycopg.Connection) -> None:
    for role in ("anon", "service_role"):
        with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
            db.execute("select public.create_job('{}', 1)")


def test_a_callers_temporary_tables_capture_nothing(db: psycopg.Connection) -> None:
    user = new_user(db)
    with acting_as(db, "authenticated", {"sub": user}):
        for table in ("jobs", "jobs_chunks", "jobs_configs", "rotations", "settings"):
            db.execute(f"create temporary table {table} (like public.jobs)".encode())
        db.execute("create temporary view users as select 1")
        db.execute("select public.create_job('{}', 2500)")
    assert written(db) == [1, 3, 1]


def test_a_callers_temporary_types_capture_nothing(db: psycopg.Connection) -> None:
    """A check of a domain of the caller's would run with the owner's rights."""
    user = new_user(db)
    rotation = new_rotation(db, user)
    with acting_as(db, "authenticated", {"sub": user}):
        db.execute(
            "create function pg_temp.evil(t pg_catalog.text) returns pg_catalog.bool language plpgsql as "
            "$$ begin raise exception 'captured as %', current_user; end $$"
        )
        for name in ("text", "uuid", "jsonb", "int4", "int8", "numeric", "float8", "bytea", "settings", "jobs"):
            db.execute(f"create domain pg_temp.{name} as pg_catalog.text check (pg_temp.evil(value))".encode())
        config = json.dumps({"rotationId": rotation})
        db.execute(f"select public.create_job('{config}', 2500, 'private', null, '{NOBODY}')".encode())
    assert written(db) == [1, 3, 1]
