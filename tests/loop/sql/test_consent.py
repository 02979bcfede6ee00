"""A node works for a user or a guild only with the consent of both sides; a token is its node's alone."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, new_node, new_user, rows, value

GUILD = "81"
SIDES = ["neither", "the node's owner", "the job's user", "both"]


def offer(db: psycopg.Connection, owner: str, node: str, access: str, target: str) -> None:
    """As a portal does it, and so does a stranger."""
    with acting_as(db, "authenticated", {"sub": owner}):
        db.execute(
            "insert into public.nodes_permissions (node_id, access_type, target_id) values (%s, %s, %s)",
            [node, access, target],
        )


def accept(db: psycopg.Connection, user: str, node: str, accepted: bool = True) -> Row:
    with acting_as(db, "authenticated", {"sub": user}):
        found: Row = value(db, "select public.accept_node(%s, %s)", node, accepted)
        return found


def submit(db: psycopg.Connection, user: str, access: str, iterations: int = 1000) -> str:
    """Without the memberships that `system.create_job` sees to."""
    with acting_as(db, "authenticated", {"sub": user}):
        return str(value(db, "select public.create_job('{}', %s, %s, %s)", iterations, access, GUILD)["jobId"])


def given(db: psycopg.Connection, node: str, one: bool) -> int:
    """How many chunks an assignment gives, to all nodes or to one."""
    return len(assign(db, 100, node if one else None))


@pytest.mark.parametrize("one", [False, True], ids=["all nodes", "one node"])
def test_a_node_that_offers_itself_to_a_user_gets_work_once_the_user_accepts_and_until_it_ends(
    db: psycopg.Connection, one: bool
) -> None:
    user, stranger = new_user(db), new_user(db)
    node = new_node(db, stranger, capacity=1)
    submit(db, user, "user", 5000)
    offer(db, stranger, node, "user", user)
    assert given(db, node, one) == 0
    assert accept(db, user, node) == {"nodeId": node, "accepted": True}
    assert given(db, node, one) == 1
    accept(db, user, node, accepted=False)
    db.execute("update public.nodes set max_parallel = 3")
    assert given(db, node, one) == 0
    # What it holds already it may finish.
    assert value(db, "select count(*) from public.jobs_chunks where status = 'running'") == 1
    accept(db, user, node)
    with acting_as(db, "authenticated", {"sub": stranger}):
        db.execute("delete from public.nodes_permissions")
    assert given(db, node, one) == 0


@pytest.mark.parametrize("one", [False, True], ids=["all nodes", "one node"])
@pytest.mark.parametrize("members", SIDES)
def test_a_guilds_jobs_run_on_its_members_nodes_for_its_members(
    db: psycopg.Connection, members: str, one: bool
) -> None:
    user, stranger = new_user(db), new_user(db)
    node = new_node(db, stranger)
    offer(db, stranger, node, "guild", GUILD)
    if members in {"the node's owner", "both"}:
        system.join(db, GUILD, stranger)
    if members in {"the job's user", "both"}:
        system.join(db, GUILD, user)
    submit(db, user, "discord")
    assert given(db, node, one) == (1 if members == "both" else 0)


def test_who_joins_a_guild_has_its_nodes_for_open_jobs_and_who_leaves_has_them_no_more(db: psycopg.Connection) -> None:
    user, other = new_user(db), new_user(db)
    node = new_node(db, other, capacity=1)
    offer(db, other, node, "guild", GUILD)
    system.join(db, GUILD, other)
    submit(db, user, "discord", 3000)
    assert assign(db) == []
    # The service writes memberships with its own key.
    with acting_as(db, "service_role"):
        db.execute("insert into public.guilds_members (guild_id, user_id) values (%s, %s)", [GUILD, user])
    [chunk] = assign(db)
    complete(db, [entry(chunk)])
    with acting_as(db, "service_role"):
        db.execute("delete from public.guilds_members where user_id = %s", [user])
    assert assign(db) == []
    mine = new_node(db, user)
    assert {str(chunk["node_id"]) for chunk in assign(db)} == {mine}


def test_what_is_not_offered_cannot_be_accepted_and_shows_nothing(db: psycopg.Connection) -> None:
    user, owner = new_user(db), new_user(db)
    node = new_node(db, owner)
    with pytest.raises(psycopg.Error) as caught:
        accept(db, user, node)
    assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT404", "offer_not_found")
    seen = "select node_id::text, owner_id::text, accepted from public.offered_nodes()"
    with acting_as(db, "authenticated", {"sub": user}):
        assert rows(db, seen) == []
    offer(db, owner, node, "user", user)
    accept(db, user, node)
    with acting_as(db, "authenticated", {"sub": user}):
        assert rows(db, seen) == [{"node_id": node, "owner_id": owner, "accepted": True}]
    with acting_as(db, "authenticated", {"sub": owner}):
        assert value(db, "select count(*) from public.nodes_acceptances") == 1
        assert db.execute("delete from public.nodes_acceptances").rowcount == 0
    for forged in (
        "insert into public.nodes_acceptances (user_id, node_id) select %s, node_id from public.nodes_permissions",
        "insert into public.guilds_members (guild_id, user_id) values ('81', %s)",
    ):
        with pytest.raises(errors.InsufficientPrivilege), acting_as(db, "authenticated", {"sub": owner}):
            db.execute(forged.encode(), [owner])


def test_a_token_in_another_nodes_hands_is_worth_nothing(db: psycopg.Connection) -> None:
    owner, thief = new_user(db), new_user(db)
    node, other = new_node(db, owner), new_node(db, thief)
    create_job(db, owner, 1000)
    [chunk] = assign(db)
    stolen = {**entry(chunk), "nodeId": other}
    assert system.outcomes(db, stolen) == [("superseded", "reassigned")]
    assert system.fail(db, [{**system.failure(chunk), "nodeId": other}])[0]["outcome"] == "superseded"
    # Taken back, and late: still the first node's.
    system.reap(db)
    assert system.outcomes(db, stolen, entry(chunk)) == [("superseded", "reassigned"), ("accepted", None)]
    assert str(value(db, "select node_id from public.jobs_chunks")) == node


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_reads_the_token_of_an_attempt_not_even_the_owners(db: psycopg.Connection, role: str) -> None:
    owner = new_user(db)
    new_node(db, owner)
    create_job(db, owner)
    assign(db)
    for query in ("select attempt_token from public.jobs_chunks", "select * from public.jobs_chunks"):
        with pytest.raises(errors.InsufficientPrivilege), acting_as(db, role, {"sub": owner}):
            db.execute(query.encode())
    with acting_as(db, "authenticated", {"sub": owner}):
        assert value(db, "select status from public.jobs_chunks") == "running"
