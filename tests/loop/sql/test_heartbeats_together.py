"""Heartbeats of many nodes in one statement: each is told what it would be told alone, and nobody sinks the others."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

import psycopg
import pytest

from tests.conftest import Connect
from tests.loop.sql.test_leases import age, ids, leases
from tests.loop.sql.test_nodes import claim, new_key, register
from tests.support import system
from tests.support.system import Row, new_user, service, value


def key_of(db: psycopg.Connection, node: object) -> str:
    return str(value(db, "select public_key from public.nodes where id = %s", node))


@pytest.fixture
def keys(db: psycopg.Connection) -> list[str]:
    """Those of three claimed nodes."""
    user, made = new_user(db), [new_key() for _ in range(3)]
    for key in made:
        claim(db, user, register(db, key))
    return made


def together(db: psycopg.Connection, *beats: Mapping[str, object]) -> dict[int, Row]:
    """The answers by place, from 1."""
    entries = [{"status": "online", "attempts": [], "embed": True, **beat} for beat in beats]
    rows = service(db, "select * from public.node_heartbeats(%s::jsonb)", json.dumps(entries))
    return {row["place"]: row for row in rows}


def alone(db: psycopg.Connection, key: str, running: list[str] | None) -> Row:
    """What both functions say to a node that asks by itself."""
    [row] = service(
        db,
        "with b as materialized (select public.node_heartbeat(%s, 'online', %s) as answer) "
        "select b.answer || c.answer as answer, c.news from b "
        "cross join lateral public.chunks_of_node((b.answer ->> 'id')::uuid) as c",
        key,
        running,
    )
    return row


def test_everybody_is_told_what_he_would_be_told_alone(
    db: psycopg.Connection, taken: list[Row], keys: list[str]
) -> None:
    holder, gone = key_of(db, taken[0]["node_id"]), str(uuid.uuid4())
    for running in (None, [], ids(taken)[:1], [gone], [*ids(taken), gone]):
        beats = [{"key": key, "running": running} for key in (holder, *keys)]
        found = together(db, *beats)
        assert sorted(found) == [1, 2, 3, 4]
        for place, beat in enumerate(beats, 1):
            said = alone(db, str(beat["key"]), running)
            answer = json.loads(found[place]["answer"])
            assert {**answer, "cancelled": sorted(answer["cancelled"])} == {
                **said["answer"],
                "cancelled": sorted(said["answer"]["cancelled"]),
            }
            assert found[place]["news"] == (said["news"] or said["answer"]["cancelled"] != [])


def test_a_node_that_takes_inputs_beside_its_chunks_gets_them_there(
    db: psycopg.Connection, taken: list[Row], keys: list[str]
) -> None:
    holder = key_of(db, taken[0]["node_id"])
    found = together(db, {"key": holder, "inputs": []}, {"key": keys[0], "inputs": []})
    answer, empty = (json.loads(found[place]["answer"]) for place in (1, 2))
    assert list(answer["configs"]) == [answer["chunks"][0]["configHash"]]
    assert (empty["chunks"], empty["configs"], empty["scripts"]) == ([], {}, {})


@pytest.mark.parametrize("unusual", ["unknown", "unclaimed", "another process", "too many", "no status", "twice"])
def test_whoever_is_to_be_refused_sinks_no_other_and_changes_nothing(
    db: psycopg.Connection, keys: list[str], unusual: str
) -> None:
    first, odd, last = keys
    together(db, {"key": odd, "session": str(uuid.UUID(int=1))})
    stranger = new_key()
    register(db, stranger)
    beats: dict[str, dict[str, object]] = {
        "unknown": {"key": new_key()},
        "unclaimed": {"key": stranger},
        "another process": {"key": odd, "session": str(uuid.UUID(int=2)), "status": "offline"},
        "too many": {"key": odd, "session": str(uuid.UUID(int=1)), "beats": 4000},
        "no status": {"key": odd, "status": "gone"},
        "twice": {"key": first, "status": "offline"},
    }
    before = system.rows(db, "select * from public.nodes where public_key = any(%s)", [odd, stranger])
    assert sorted(together(db, {"key": first}, beats[unusual], {"key": last})) == [1, 3]
    assert system.rows(db, "select * from public.nodes where public_key = any(%s)", [odd, stranger]) == before
    assert value(db, "select count(*) from public.nodes where status = 'online'") == 3


def test_a_node_that_somebody_holds_is_not_waited_for(
    db: psycopg.Connection, head_url: str, connect: Connect, keys: list[str]
) -> None:
    other = connect(head_url)
    with other.transaction():
        other.execute("select from public.nodes where public_key = %s for update", [keys[1]])
        db.execute("set statement_timeout = '5s'")
        assert sorted(together(db, *({"key": key} for key in keys))) == [1, 3]
    assert sorted(together(db, *({"key": key} for key in keys))) == [1, 2, 3]


def test_a_node_is_written_when_its_last_word_is_about_to_get_old(db: psycopg.Connection, keys: list[str]) -> None:
    def written(**fields: object) -> bool:
        return bool(together(db, {"key": keys[0], **fields})[1]["written"])

    def silent(seconds: float) -> None:
        db.execute("update public.nodes set last_seen_at = now() - make_interval(secs => %s)", [seconds])

    assert [written(), written(), written()] == [True, False, False]
    silent(9)
    assert not written()
    silent(11)
    assert written()
    # At once, whatever else is to be said of it.
    assert [written(status="offline"), written(), written(session=None), written()] == [True, True, False, False]


@pytest.mark.parametrize("setting", ["offline_after", "session_timeout"])
def test_a_living_node_looks_far_younger_than_what_counts_as_silence(
    db: psycopg.Connection, keys: list[str], setting: str
) -> None:
    system.change_settings(db, **{setting: "6 seconds"})
    together(db, {"key": keys[0]})
    db.execute("update public.nodes set last_seen_at = now() - interval '1100 milliseconds'")
    assert together(db, {"key": keys[0]})[1]["written"]


def test_heartbeats_that_are_not_written_are_counted_all_the_same(db: psycopg.Connection, keys: list[str]) -> None:
    system.change_settings(db, heartbeats_per_minute=600)
    due = "select extract(epoch from beats_due - now())::float8 from public.nodes where public_key = %s"
    together(db, {"key": keys[0]})
    assert not together(db, {"key": keys[0], "beats": 9})[1]["written"]
    assert together(db, {"key": keys[0], "beats": 10})[1]["written"]
    assert 1.0 < value(db, due, keys[0]) <= 1.1
    # Never so many that the minute's worth would be exceeded.
    assert together(db, {"key": keys[0], "beats": 590}) == {}
    assert together(db, {"key": keys[0], "beats": 580})[1]["written"]


def test_a_node_that_comes_back_asks_for_a_pass(db: psycopg.Connection, keys: list[str]) -> None:
    together(db, *({"key": key} for key in keys))
    db.execute("listen pending_chunk")
    together(db, *({"key": key} for key in keys))
    assert list(db.notifies(timeout=0.1)) == []
    db.execute("update public.nodes set last_seen_at = now() - interval '1 hour' where public_key = %s", [keys[1]])
    together(db, *({"key": key} for key in keys))
    assert len(list(db.notifies(timeout=1, stop_after=1))) == 1


def test_leases_go_on_as_they_do_alone(db: psycopg.Connection, taken: list[Row]) -> None:
    key = key_of(db, taken[0]["node_id"])
    age(db, "4 minutes")
    together(db, {"key": key, "running": ids(taken[:1])})
    assert leases(db) == [300, 60, 60]
    together(db, {"key": key, "running": [], "status": "offline"})
    together(db, {"key": key, "status": "offline"})
    assert leases(db) == [300, 60, 60]
    together(db, {"key": key})
    assert leases(db) == [300, 300, 300]


def test_heartbeats_that_are_no_list_are_refused(db: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error) as caught:
        service(db, "select * from public.node_heartbeats('{}')")
    assert caught.value.diag.message_detail == "heartbeats_not_an_array"
