"""Who asks too often is told when to come again, by one count for all sessions; who asks in reason never is."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.loop.sql.test_nodes import beat, claim, code_of, new_key
from tests.support import system
from tests.support.system import create_job, new_user, service, value


def limited(call: Callable[[], object]) -> tuple[str, int] | None:
    """Code and Retry-After (seconds) of a refusal, in the form in which PostgREST sends both."""
    try:
        call()
    except psycopg.Error as error:
        if error.sqlstate != "PGRST":
            raise
        said, how = json.loads(error.diag.message_primary or ""), json.loads(error.diag.message_detail or "")
        assert (said["code"], how["status"], bool(said["message"]), bool(said["hint"])) == ("PT429", 429, True, True)
        return said["details"], int(how["headers"]["Retry-After"])
    return None


def later(db: psycopg.Connection, seconds: int) -> None:
    """As if that much time had passed."""
    db.execute("update private.rates set due = due - make_interval(secs => %s)", [seconds])
    db.execute("update public.nodes set beats_due = beats_due - make_interval(secs => %s)", [seconds])


def register(db: psycopg.Connection, key: str, address: str | None = "192.0.2.1") -> system.Row:
    call = "select public.register_node(%s, 'box', 4, 2, 'linux', '1.0', %s) as node"
    found: system.Row = service(db, call, key, address)[0]["node"]
    return found


def test_a_user_starts_so_many_jobs_a_minute_and_is_told_when_the_next_one_may_come(db: psycopg.Connection) -> None:
    system.change_settings(db, jobs_per_minute=6)
    user, other = new_user(db), new_user(db)
    for _ in range(6):
        create_job(db, user)
    assert limited(lambda: create_job(db, user)) == ("too_many_jobs", 10)
    create_job(db, other)
    later(db, 9)
    assert limited(lambda: create_job(db, user)) == ("too_many_jobs", 1)
    later(db, 1)
    create_job(db, user)
    assert value(db, "select count(*) from public.jobs where user_id = %s", user) == 7


def test_creating_and_cancelling_fills_the_database_no_faster(db: psycopg.Connection) -> None:
    system.change_settings(db, chunks_per_hour=100)
    user = new_user(db)
    for _ in range(2):
        made = create_job(db, user, 50_000)
        with acting_as(db, "authenticated", {"sub": user}):
            db.execute("select public.cancel_job(%s)", [made["jobId"]])
            db.execute("delete from public.jobs")
    refused = limited(lambda: create_job(db, user, 50_000))
    assert refused
    assert refused[0] == "too_many_chunks"
    assert 1790 <= refused[1] <= 1800
    # A refusal takes nothing: a smaller job may come sooner.
    later(db, 40)
    create_job(db, user, 1000)


def test_a_retry_counts_as_a_job(db: psycopg.Connection) -> None:
    system.change_settings(db, jobs_per_minute=1)
    user = new_user(db)
    made = create_job(db, user)["jobId"]
    db.execute("update public.jobs_chunks set status = 'failed'")

    def retry() -> None:
        with acting_as(db, "authenticated", {"sub": user}):
            db.execute("select public.retry_job(%s)", [made])

    assert limited(retry) == ("too_many_jobs", 60)


def test_the_largest_job_may_always_be_started_once(db: psycopg.Connection) -> None:
    system.change_settings(db, chunks_per_hour=5)
    user = new_user(db)
    create_job(db, user, 20_000)
    refused = limited(lambda: create_job(db, user))
    assert refused
    assert 700 <= refused[1] <= 720


def test_a_repeated_request_costs_nothing(db: psycopg.Connection) -> None:
    system.change_settings(db, jobs_per_minute=1)
    user, request = new_user(db), "00000000-0000-4000-8000-00000000000b"
    first = create_job(db, user, request=request)
    assert create_job(db, user, request=request) == first


def test_calls_at_the_same_time_pass_no_limit_together(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    system.change_settings(db, jobs_per_minute=5)
    user = new_user(db)
    answers = system.together(
        head_url, connect, *[lambda session: limited(lambda: create_job(session, user)) for _ in range(16)]
    )
    assert answers.count(None) == 5
    assert value(db, "select count(*) from public.jobs") == 5


def test_a_limit_of_zero_is_none(db: psycopg.Connection) -> None:
    system.change_settings(
        db, jobs_per_minute=0, chunks_per_hour=0, heartbeats_per_minute=0, registrations_per_minute=0
    )
    user, key = new_user(db), new_key()
    claim(db, user, register(db, key))
    for _ in range(20):
        create_job(db, user)
        register(db, key)
        beat(db, key)
    assert value(db, "select count(*) from private.rates where kind not like 'new nodes%%' and due > now()") == 0


def guess(db: psycopg.Connection, user: str, code: str, address: str = "192.0.2.1, 198.51.100.7") -> bool:
    """Try a claim code as a request over PostgREST would."""
    headers = json.dumps({"x-forwarded-for": address})
    with acting_as(db, "authenticated", {"sub": user}):
        db.execute("select set_config('request.headers', %s, false)", [headers])
        return bool(value(db, "select public.verify_claim_code(%s)", code)["valid"])


def test_wrong_claim_codes_run_out_and_right_ones_cost_nothing(db: psycopg.Connection) -> None:
    system.change_settings(db, claim_codes_per_hour=4)
    user, key = new_user(db), new_key()
    register(db, key)
    for _ in range(10):
        assert guess(db, user, code_of(key))
    for _ in range(4):
        assert not guess(db, user, "AAAAAA")
    # Not even the right one any more: who guesses must not be told.
    assert limited(lambda: guess(db, user, code_of(key))) == ("too_many_claim_codes", 900)
    later(db, 900)
    assert guess(db, user, code_of(key))


def test_many_accounts_at_one_address_try_no_more_codes_than_the_address_may(db: psycopg.Connection) -> None:
    system.change_settings(db, claim_codes_per_address_per_hour=3)
    # What the client writes into the header comes before what the gateway does.
    for number in range(3):
        assert not guess(db, new_user(db), "AAAAAA", f"203.0.113.{number}, 198.51.100.7")
    assert limited(lambda: guess(db, new_user(db), "AAAAAA", "203.0.113.9, 198.51.100.7"))
    assert not guess(db, new_user(db), "AAAAAA", "198.51.100.8")


def test_new_keys_from_one_address_are_bounded_and_known_ones_are_not(db: psycopg.Connection) -> None:
    system.change_settings(db, new_nodes_per_address_per_hour=3)
    keys = [new_key() for _ in range(3)]
    for key in keys:
        register(db, key)
    assert limited(lambda: register(db, new_key())) == ("too_many_registrations", 1200)
    for key in keys:
        register(db, key)
    register(db, new_key(), "192.0.2.2")
    # An older sentinel says nothing of addresses.
    register(db, new_key(), None)


def test_one_key_registers_and_beats_so_often(db: psycopg.Connection) -> None:
    system.change_settings(db, registrations_per_minute=3, heartbeats_per_minute=6)
    key, user = new_key(), new_user(db)
    for _ in range(3):
        node = register(db, key)
    assert limited(lambda: register(db, key)) == ("too_many_registrations", 20)
    claim(db, user, node)
    for _ in range(7):
        last = limited(lambda: beat(db, key))
    assert last == ("too_many_heartbeats", 10)
    later(db, 10)
    beat(db, key)


def test_defaults_let_an_honest_node_and_user_be(db: psycopg.Connection) -> None:
    """A hundred jobs at once, and a minute of heartbeats as fast as a sentinel answers them."""
    user, key = new_user(db), new_key()
    claim(db, user, register(db, key))
    for _ in range(100):
        create_job(db, user)
    for _ in range(20 * 60):
        beat(db, key)


def test_what_is_earned_again_is_cleaned_up(db: psycopg.Connection) -> None:
    system.change_settings(db, chunks_per_hour=100)
    create_job(db, new_user(db))
    service(db, "select public.cleanup_stale_data()")
    assert value(db, "select count(*) from private.rates") == 2
    later(db, 3600)
    service(db, "select public.cleanup_stale_data()")
    assert value(db, "select count(*) from private.rates") == 0
