"""One identity, one process: of two with one key, the one that is there works, and the other one is told."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.conftest import Connect
from tests.loop.sql.test_nodes import claim, new_key, register
from tests.support import system
from tests.support.system import new_user, service, value

FIRST, SECOND = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


@pytest.fixture
def key(db: psycopg.Connection) -> str:
    """A claimed node's."""
    made = new_key()
    claim(db, new_user(db), register(db, made))
    return made


def beats(db: psycopg.Connection, key: str, session: str | None, status: str = "online") -> str:
    try:
        service(db, "select public.node_heartbeat(%s, %s, '{}', %s)", key, status, session)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_detail}"
    return "ok"


REFUSED = "PT409 node_runs_elsewhere"


def test_the_second_process_is_refused_while_the_first_lives(db: psycopg.Connection, key: str) -> None:
    assert [beats(db, key, one) for one in (FIRST, SECOND, FIRST, SECOND)] == ["ok", REFUSED, "ok", REFUSED]
    # Nor can it say that the node goes.
    assert beats(db, key, SECOND, "offline") == REFUSED
    # An older program that sends none is a second process too.
    assert beats(db, key, None) == REFUSED
    assert value(db, "select status from public.nodes") == "online"


def test_the_second_process_takes_over_when_the_first_says_that_it_goes(db: psycopg.Connection, key: str) -> None:
    assert [beats(db, key, FIRST), beats(db, key, FIRST, "offline"), beats(db, key, SECOND)] == ["ok"] * 3
    assert beats(db, key, FIRST) == REFUSED


def test_the_second_process_takes_over_when_the_first_is_silent(db: psycopg.Connection, key: str) -> None:
    beats(db, key, FIRST)
    silent = "update public.nodes set last_seen_at = now() - make_interval(secs => %s)"
    db.execute(silent.encode(), [55])
    assert beats(db, key, SECOND) == REFUSED
    db.execute(silent.encode(), [65])
    assert [beats(db, key, SECOND), beats(db, key, FIRST)] == ["ok", REFUSED]


def test_of_processes_that_come_at_once_one_becomes_the_node(
    db: psycopg.Connection, head_url: str, connect: Connect, key: str
) -> None:
    for _ in range(10):
        db.execute("update public.nodes set status = 'offline'")
        sessions = [str(uuid.uuid4()) for _ in range(8)]
        answers = system.together(
            head_url, connect, *[lambda session, one=one: beats(session, key, one) for one in sessions]
        )
        assert sorted(answers) == [*[REFUSED] * 7, "ok"]


def test_older_nodes_send_no_session_and_are_what_they_were(db: psycopg.Connection, key: str) -> None:
    assert [beats(db, key, None) for _ in range(3)] == ["ok"] * 3
