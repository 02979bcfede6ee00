"""What is too long is refused by the database itself, so over REST too."""

from __future__ import annotations

import psycopg
import pytest

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.system import create_job, new_node, new_rotation, new_user, value


def refused(db: psycopg.Connection, user: str, statement: str, *parameters: object) -> str | None:
    """The code of the refusal of what a user does, or None."""
    try:
        with acting_as(db, "authenticated", {"sub": user}):
            db.execute(statement.encode(), parameters)
    except psycopg.Error as error:
        return error.diag.message_detail if str(error.sqlstate).startswith("PT") else error.sqlstate
    return None


@pytest.mark.parametrize(
    ("statement", "longest"),
    [
        ("update public.nodes set name = %s", 255),
        ("update public.nodes_permissions set target_id = %s", 100),
        ("update public.rotations set name = %s", 255),
        ("update public.rotations set slug = %s", 255),
        ("update public.rotations set description = %s", 10_000),
        (
            "insert into public.rotations_versions (rotation_id, version, script, created_by, message) "
            "select id, 9, '', user_id, %s from public.rotations",
            1000,
        ),
    ],
    ids=lambda argument: str(argument)[:60],
)
def test_a_name_has_a_longest_length(db: psycopg.Connection, statement: str, longest: int) -> None:
    user = new_user(db)
    new_rotation(db, user)
    new_node(db, user, allow=("owner", None))
    assert refused(db, user, statement, "ä" * (longest + 1)) == "23514"
    assert refused(db, user, statement, "x" * 20_000_000) == "23514"
    assert refused(db, user, statement, "ä" * longest) is None


@pytest.mark.parametrize("number", [-1, 4097, 2**31 - 1])
def test_a_node_does_an_imaginable_number_of_chunks_at_a_time(db: psycopg.Connection, number: int) -> None:
    user = new_user(db)
    node = new_node(db, None)
    claim = "select public.claim_node(%s, null, %s)"
    assert refused(db, user, claim, node, number) == "parallel_out_of_range"
    assert refused(db, user, "select public.claim_node(%s, %s, 1)", node, "x" * 256) == "name_too_long"
    assert refused(db, user, claim, node, 4096) is None
    assert refused(db, user, "update public.nodes set max_parallel = %s", number) == "23514"


def test_a_script_has_a_largest_size_in_every_place_where_one_is_written(db: psycopg.Connection) -> None:
    system.change_settings(db, max_script_bytes=1000)
    user = new_user(db)
    rotation = new_rotation(db, user)
    large = "ä" * 501
    for statement in (
        "insert into public.rotations (user_id, slug, name, script, spec_id) select user_id, 'b', 'b', %s, 1 "
        "from public.rotations",
        "update public.rotations set script = %s",
        "insert into public.rotations_versions (rotation_id, version, script, created_by) "
        "select id, 9, %s, user_id from public.rotations",
    ):
        assert refused(db, user, statement, large) == "script_too_large"
        assert refused(db, user, statement, large[1:]) is None
    assert create_job(db, user, config={"rotationId": rotation})["chunks"] == 1


def test_a_script_that_was_larger_before_can_be_renamed_and_shortened_but_not_computed(db: psycopg.Connection) -> None:
    user = new_user(db)
    rotation = new_rotation(db, user)
    db.execute("update public.rotations set script = %s", ["x" * 2000])
    system.change_settings(db, max_script_bytes=1000)
    create = "select public.create_job(%s, 1)"
    assert refused(db, user, create, f'{{"rotationId": "{rotation}"}}') == "script_too_large"
    assert value(db, "select count(*) from public.jobs") == 0
    assert refused(db, user, "update public.rotations set name = 'renamed', script = script") is None
    assert refused(db, user, "update public.rotations set script = 'short'") is None
    assert refused(db, user, create, f'{{"rotationId": "{rotation}"}}') is None


def test_a_config_that_an_edge_function_writes_is_bounded_too(db: psycopg.Connection) -> None:
    system.change_settings(db, max_config_bytes=1000)
    insert = "insert into public.jobs_configs (hash, config) values (%s, jsonb_build_object('a', repeat('x', %s)))"
    with acting_as(db, "service_role"):
        db.execute(insert, ["small", 900])
        with pytest.raises(psycopg.Error) as caught:
            db.execute(insert, ["large", 10_000])
    assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT413", "config_too_large")


def test_a_node_has_so_many_permissions(db: psycopg.Connection) -> None:
    system.change_settings(db, max_permissions_per_node=3)
    user = new_user(db)
    new_node(db, user)
    new_node(db, user)
    add = (
        "insert into public.nodes_permissions (node_id, access_type, target_id) "
        "select n.id, 'guild', g::text from public.nodes as n cross join generate_series(1, %s) as g"
    )
    assert refused(db, user, add, 4) == "too_many_permissions"
    assert refused(db, user, add, 3) is None
    assert refused(db, user, add, 1) == "too_many_permissions"
