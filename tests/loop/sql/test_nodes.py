"""Nodes: they register with a key, get an owner by their claim code, and report."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.system import Row, assign, create_job, new_node, new_user, service, value


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def register(
    db: psycopg.Connection, key: str | None, *, host: str | None = "box", cores: int = 8, enabled: int = 6
) -> Row:
    call = "select public.register_node(%s, %s, %s, %s, 'linux', '1.0') as node"
    found: Row = service(db, call, key, host, cores, enabled)[0]["node"]
    return found


def beat(db: psycopg.Connection, key: str, status: str | None = "online", running: list[str] | None = None) -> Row:
    call = "select public.node_heartbeat(%s, %s, %s::uuid[]) as node"
    found: Row = service(db, call, key, status, running)[0]["node"]
    return found


def as_user(db: psycopg.Connection, user: str | None, statement: str, *parameters: object) -> Row:
    with acting_as(db, "authenticated", {"sub": user} if user else {}):
        found: Row = value(db, statement, *parameters)
        return found


def claim(db: psycopg.Connection, user: str | None, node: Row, name: str | None = None, most: int | None = None) -> Row:
    return as_user(db, user, "select public.claim_node(%s, %s, %s)", node["id"], name, most)


def verify(db: psycopg.Connection, user: str | None, code: str) -> Row:
    return as_user(db, user, "select public.verify_claim_code(%s)", code)


def code_of(key: str) -> str:
    number = int.from_bytes(hashlib.sha256(base64.b64decode(key)).digest()[:4], "big")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(letters[(number >> shift) & 31] for shift in (27, 22, 17, 12, 7, 2))


def refusal(call: Callable[[], object]) -> tuple[str | None, str | None]:
    with pytest.raises(psycopg.Error) as caught:
        call()
    assert caught.value.diag.message_hint
    return caught.value.sqlstate, caught.value.diag.message_detail


def test_a_new_key_becomes_a_node_with_the_claim_code_that_the_key_gives(db: psycopg.Connection) -> None:
    for _ in range(20):
        key = new_key()
        node = register(db, key)
        assert node == {"id": node["id"], "claimCode": code_of(key), "claimed": False}
    made = system.row(db, "select * from public.nodes where id = %s", node["id"])
    assert (made["name"], made["total_cores"], made["max_parallel"], made["status"]) == ("box", 8, 6, "pending")
    assert (made["platform"], made["version"], made["claim_code"]) == ("linux", "1.0", code_of(key))


def test_a_known_key_is_the_same_node_again(db: psycopg.Connection) -> None:
    key, user = new_key(), new_user(db)
    first = register(db, key)
    assert register(db, key) == first
    claim(db, user, first, "mine", 3)
    assert register(db, key, host="renamed", cores=16, enabled=16) == {**first, "claimed": True}
    # What the machine says of itself is new, what the owner has said stays; and the code is not up for claims again.
    node = system.row(db, "select name, total_cores, max_parallel, claim_code from public.nodes")
    assert node == {"name": "mine", "total_cores": 16, "max_parallel": 3, "claim_code": None}


def test_a_node_without_a_host_name_gets_one(db: psycopg.Connection) -> None:
    for host in (None, "", "  "):
        register(db, new_key(), host=host)
    assert system.rows(db, "select distinct name from public.nodes") == [{"name": "My Node"}]


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "short",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.b64encode(bytes(32)).decode().rstrip("="),
        base64.b64encode(bytes(32)).decode() + "\n",
        # The same 32 bytes as 43 times A, spelled with a bit that does not belong to them.
        "A" * 42 + "B=",
        "-_" * 21 + "A=",
    ],
)
def test_a_key_has_one_spelling(db: psycopg.Connection, key: str | None) -> None:
    assert refusal(lambda: register(db, key)) == ("PT400", "public_key_malformed")


@pytest.mark.parametrize(("cores", "enabled"), [(0, 0), (8, 0), (8, 9), (5000, 1), (-1, -1)])
def test_an_impossible_number_of_cores_is_refused(db: psycopg.Connection, cores: int, enabled: int) -> None:
    assert refusal(lambda: register(db, new_key(), cores=cores, enabled=enabled)) == ("PT400", "cores_out_of_range")


def test_two_unclaimed_nodes_cannot_have_one_code(db: psycopg.Connection) -> None:
    key = new_key()
    new_node(db, None, status="pending")
    db.execute("update public.nodes set claim_code = %s", [code_of(key)])
    assert refusal(lambda: register(db, key)) == ("PT409", "claim_code_taken")


def test_a_signed_in_user_claims_a_node_by_its_code_once(db: psycopg.Connection) -> None:
    user, other = new_user(db), new_user(db)
    node = register(db, new_key())
    code = node["claimCode"]
    found = verify(db, user, f"{code[:3]}-{code[3:]}".lower())
    assert found == {
        "valid": True,
        "nodeId": node["id"],
        "name": "box",
        "totalCores": 8,
        "platform": "linux",
        "version": "1.0",
    }
    assert claim(db, user, node, " rack ", 2) == {
        "success": True,
        "nodeId": node["id"],
        "name": "rack",
        "maxParallel": 2,
    }
    assert verify(db, other, code) == {"valid": False}
    assert claim(db, other, node)["success"] is False


def test_nobody_claims_a_node_without_signing_in(db: psycopg.Connection) -> None:
    node = register(db, new_key())
    assert refusal(lambda: verify(db, None, node["claimCode"])) == ("PT401", "not_signed_in")
    assert refusal(lambda: claim(db, None, node)) == ("PT401", "not_signed_in")
    for call in ("verify_claim_code('x')", "claim_node(gen_random_uuid(), null, null)"):
        with acting_as(db, "anon"), pytest.raises(errors.InsufficientPrivilege):
            db.execute(f"select public.{call}".encode())


def test_a_heartbeat_of_a_claimed_node(db: psycopg.Connection) -> None:
    key, user = new_key(), new_user(db)
    node = register(db, key)
    claim(db, user, node, "mine", 3)
    for status in ("online", "offline"):
        assert beat(db, key, status) == {
            "id": node["id"],
            "name": "mine",
            "maxParallel": 3,
            "status": status,
            "cancelled": [],
        }
        found = system.row(db, "select status, last_seen_at > now() - interval '10 seconds' as seen from public.nodes")
        assert found == {"status": status, "seen": True}


def test_a_heartbeat_is_refused_until_the_node_is_known_and_claimed(db: psycopg.Connection) -> None:
    key = new_key()
    assert refusal(lambda: beat(db, key)) == ("PT404", "node_unknown")
    register(db, key)
    assert refusal(lambda: beat(db, key)) == ("PT404", "node_unclaimed")
    for status in ("pending", "", None):
        assert refusal(partial(beat, db, key, status)) == ("PT400", "status_unknown")


def test_a_heartbeat_renews_the_chunks_that_it_names_and_the_node_holds(db: psycopg.Connection) -> None:
    key, user = new_key(), new_user(db)
    claim(db, user, register(db, key), most=2)
    beat(db, key)
    new_node(db, user, capacity=2)
    create_job(db, user, 5000)
    db.execute("update public.jobs_chunks set seed_offset = 0")
    assign(db)
    system.expire_leases(db)
    everything = [str(chunk["id"]) for chunk in system.rows(db, "select id from public.jobs_chunks")]

    beat(db, key, running=[])
    fresh = "select count(*) from public.jobs_chunks where lease_expires_at > now()"
    assert value(db, fresh) == 0
    beat(db, key, running=everything)
    assert value(db, fresh) == 2
    assert value(db, "select public.reap_stale_chunks()") == 2
    # The chunk that nobody has been given was not claimed by being named.
    assert value(db, "select count(*) from public.jobs_chunks where status = 'running'") == 2


def test_only_the_service_role_speaks_for_nodes(db: psycopg.Connection) -> None:
    calls = ("register_node(null, null, null, null, null, null)", "node_heartbeat(null, null, null)")
    for role in ("anon", "authenticated"):
        for call in calls:
            with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select public.{call}".encode())
