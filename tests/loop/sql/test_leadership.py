"""Leadership by term: one holder at a time, by the database's clock, and nothing written under a term that is over."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from tests.conftest import Connect
from tests.support.system import Row, change_settings, new_node, new_user, row, rows, service, together, value

END_LEASE = "update private.leader set expires_at = now() - interval '1 second'"
LOCKS = "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted"


def lead(conn: psycopg.Connection, holder: str, term: int | None = None) -> Row:
    [found] = service(conn, "select * from private.lead(%s, %s)", holder, term)
    return found


def test_the_first_to_ask_leads_and_keeps_its_term_by_renewing_it(db: psycopg.Connection) -> None:
    first = lead(db, "a")
    assert (first["term"], first["holder"], first["leads"]) == (1, "a", True)
    assert 5 < first["seconds_left"] <= 6
    assert (lead(db, "b")["leads"], lead(db, "b", 1)["leads"]) == (False, False)
    again = lead(db, "a", 1)
    assert (again["term"], again["leads"]) == (1, True)


def test_when_the_lease_is_over_the_next_to_ask_begins_a_new_term(db: psycopg.Connection) -> None:
    lead(db, "a")
    db.execute(END_LEASE)
    assert lead(db, "b")["term"] == 2
    late = lead(db, "a", 1)
    assert (late["term"], late["holder"], late["leads"]) == (2, "b", False)


def test_a_lease_that_is_over_can_be_renewed_while_nobody_else_leads(db: psycopg.Connection) -> None:
    lead(db, "a")
    db.execute(END_LEASE)
    assert (lead(db, "a", 1)["term"], lead(db, "a", 1)["seconds_left"] > 5) == (1, True)


def test_a_holder_that_has_lost_its_session_begins_a_new_term_at_once(db: psycopg.Connection) -> None:
    lead(db, "a")
    assert (lead(db, "a")["term"], lead(db, "b")["leads"]) == (2, False)


def test_who_resigns_need_not_be_waited_for_and_an_old_term_cannot_resign(db: psycopg.Connection) -> None:
    lead(db, "a")
    assert service(db, "select private.resign(0) as done") == [{"done": False}]
    assert lead(db, "b")["leads"] is False
    assert service(db, "select private.resign(1) as done") == [{"done": True}]
    assert lead(db, "b")["term"] == 2


def test_of_many_who_ask_at_once_exactly_one_leads(db: psycopg.Connection, head_url: str, connect: Connect) -> None:
    for turn in range(10):
        db.execute(END_LEASE)
        answers = together(head_url, connect, *[lambda conn: lead(conn, str(uuid.uuid4()))] * 6)
        assert sum(answer["leads"] for answer in answers) == 1
        assert value(db, "select term from private.leader") == turn + 1


@pytest.mark.parametrize("old", ["term", "lease"])
def test_what_is_written_under_a_term_that_is_over_is_rolled_back(db: psycopg.Connection, old: str) -> None:
    new_node(db, new_user(db), seen="1 day")
    lead(db, "a")
    marked = "select private.under_term(%s, public.mark_nodes_offline()) as marked"
    if old == "lease":
        db.execute(END_LEASE)
    with pytest.raises(psycopg.Error) as refused:
        service(db, marked, 1 if old == "lease" else 0)
    assert (refused.value.sqlstate, refused.value.diag.message_detail) == ("PT409", "term_over")
    assert value(db, "select status from public.nodes") == "online"
    lead(db, "a", 1)
    assert service(db, marked, 1) == [{"marked": 1}]
    assert value(db, "select status from public.nodes") == "offline"


def test_no_term_begins_while_a_write_of_the_one_before_is_being_committed(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    lead(db, "a")
    writer = connect(head_url, autocommit=False)
    writer.execute("select private.under_term(1, 0)")
    # It can be renewed meanwhile, and nobody waits.
    assert lead(db, "a", 1)["leads"] is True
    db.execute(END_LEASE)
    assert lead(db, "b")["leads"] is False
    writer.commit()
    assert lead(db, "b")["term"] == 2


def test_who_leads_by_the_lock_alone_is_not_led_against(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    old = connect(head_url)
    old.execute("select pg_advisory_lock(hashtextextended('dbtools.sentinel', 0))")
    assert lead(db, "a")["leads"] is False
    old.execute("select pg_advisory_unlock_all()")
    assert lead(db, "a")["leads"] is True
    # A stopped leader keeps its session, and its share of the lock; both must not matter.
    db.execute(END_LEASE)
    assert lead(connect(head_url), "b")["leads"] is True
    assert value(db, LOCKS) == 2


def test_only_sentinels_may_lead_and_nobody_writes_the_row(db: psycopg.Connection) -> None:
    for role in ("anon", "authenticated"):
        for call in ("private.lead('x', null)", "private.resign(0)", "private.under_term(0, 1)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
                db.execute(f"set local role {role}; select {call}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
        db.execute("set local role service_role; update private.leader set term = 9")
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("insert into private.leader values (9, 'x', now())")
    assert row(db, "select count(*) as count from private.leader") == {"count": 1}
    assert rows(db, "select term from private.leader") == [{"term": 0}]


def test_the_lease_has_bounds(db: psycopg.Connection) -> None:
    for lease in ("0 seconds", "1 hour"):
        with pytest.raises(psycopg.errors.CheckViolation):
            change_settings(db, leader_lease=lease)
