"""Whatever becomes of the leading sentinel: another one leads within ten seconds, and never do both of them write."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from psycopg import AsyncConnection, conninfo
from psycopg.rows import DictRow, dict_row

from dbtools import alembic_env
from dbtools.project import Project
from loop.sentinel import SentinelOptions, background
from loop.sentinel.leadership import Leadership, LeadershipLostError
from tests.conftest import Connect
from tests.loop.conftest import Caller
from tests.loop.sentinel.programs import Sentinel, not_ready, sentinel_process, status, until
from tests.support.middle_box import MiddleBox, middle_box

# What old sentinels lead by, and what the revision that retires the cron jobs looks for.
LOCK = "hashtextextended('dbtools.sentinel', 0)"
TEN_SECONDS = 10


def leader_is_there(project: Project) -> str:
    """How the revision that retires the cron jobs sees whether a sentinel leads."""
    script = ScriptDirectory.from_config(alembic_env.config(project, "postgresql://")).get_revision("0028")
    return str(script.module.contract.replacement_works)


@pytest.fixture
def box(sentinel_options: SentinelOptions) -> Iterator[MiddleBox]:
    parameters = conninfo.conninfo_to_dict(sentinel_options.database_url)
    with middle_box(str(Path(str(parameters["host"])) / f".s.PGSQL.{parameters['port']}")) as made:
        yield made


@pytest.fixture
def through_box(sentinel_options: SentinelOptions, box: MiddleBox) -> str:
    return conninfo.make_conninfo(sentinel_options.database_url, host="127.0.0.1", port=box.port, sslmode="disable")


def ended(leader: Sentinel, box: MiddleBox) -> None:
    leader.end(signal.SIGTERM)


def stopped(leader: Sentinel, box: MiddleBox) -> None:
    leader.stop()


def cut_off(leader: Sentinel, box: MiddleBox) -> None:
    box.cut()


def no_longer_heard(leader: Sentinel, box: MiddleBox) -> None:
    box.upward = False


def hears_no_more(leader: Sentinel, box: MiddleBox) -> None:
    box.downward = False


def its_sessions_stay_open(leader: Sentinel, box: MiddleBox) -> None:
    box.holds = True
    leader.end()


WAYS = [ended, stopped, cut_off, no_longer_heard, hears_no_more, its_sessions_stay_open]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_standby_leads_within_ten_seconds(
    way: Callable[[Sentinel, MiddleBox], None],
    through_box: str,
    box: MiddleBox,
    sentinel_options: SentinelOptions,
    database: Any,
) -> None:
    # The first one's clock is off as well: only the database's counts.
    with ExitStack() as stack:
        first = stack.enter_context(sentinel_process(through_box, clock_ahead=600))
        until(lambda: first.leads)
        second = stack.enter_context(background(sentinel_options))
        until(lambda: not not_ready(second))
        before = status(second)
        assert (before["leader"], before["ledBy"]) == (False, status(first.url)["name"])
        way(first, box)
        until(lambda: bool(status(second)["leader"]), TEN_SECONDS)
        after = status(second)
        assert (after["term"], after["ledBy"]) == (before["term"] + 1, after["name"])
        if first.process.poll() is None and way is not stopped:
            # It cannot know, but it knows how long it may believe so.
            assert not first.leads
            assert not_ready(first.url)
        # Work is found and assigned under the new term.
        node = Caller(second)
        database.claim(node.register()["claimCode"])
        node.beat()
        database.submit(1000, baseDps=1)
        assert len(node.beat(wait=20)["chunks"]) == 1


WRITERS = """
create table private.written (by name, term bigint);
create function private.note_writer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into private.written select session_user, l.term from private.leader as l;
  return null;
end $$;
create trigger note_writer after update of status on public.jobs_chunks
for each statement execute function private.note_writer();
"""


def test_a_leader_that_is_stopped_in_the_middle_of_a_pass_writes_nothing_under_its_old_term(
    sentinel_options: SentinelOptions, database: Any, head_url: str, connect: Connect
) -> None:
    database.change(WRITERS)
    if not database.rows("select from pg_roles where rolname = 'sentinel_2'"):
        database.change("create role sentinel_2 login in role service_role")
    other = SentinelOptions(conninfo.make_conninfo(sentinel_options.database_url, user="sentinel_2"), port=0)
    with ExitStack() as stack:
        first = stack.enter_context(sentinel_process(sentinel_options.database_url))
        until(lambda: first.leads)
        second = stack.enter_context(background(other))
        until(lambda: not not_ready(second))
        node = Caller(second)
        database.claim(node.register()["claimCode"])
        node.beat()
        blocker = connect(head_url)
        blocker.execute("select pg_advisory_lock(hashtextextended('private.assign_chunks', 0))")
        job = database.submit(1000, baseDps=1)
        waiting = (
            "select from pg_stat_activity where usename = %s and wait_event_type = 'Lock' and query ~ 'assign_chunks'"
        )
        database.until(waiting, "sentinel")
        first.stop()
        until(lambda: bool(status(second)["leader"]), TEN_SECONDS)
        database.until(waiting, "sentinel_2")
        # The old leader's statement comes first now, and has to undo what it does.
        blocker.execute("select pg_advisory_unlock_all()")
        assert len(node.beat(wait=20)["chunks"]) == 1
        first.resume()
        until(lambda: status(first.url)["ledBy"] == status(second)["name"])
        assert not first.leads
        database.submit(1000, baseDps=2)
        database.until("select from public.jobs_chunks having count(*) filter (where attempts = 1) = 2")
        term = status(second)["term"]
        assert database.rows("select distinct by, term from private.written") == [{"by": "sentinel_2", "term": term}]
        assert database.row("select status from public.jobs where id = %s", job)["status"] == "running"


def test_two_sentinels_whose_clocks_are_far_apart_do_not_take_turns(
    sentinel_options: SentinelOptions, database: Any
) -> None:
    url = sentinel_options.database_url
    with sentinel_process(url, clock_ahead=-600) as behind, sentinel_process(url, clock_ahead=600) as ahead:
        until(lambda: behind.leads or ahead.leads)
        term = status(ahead.url)["term"]
        # More than a whole lease, during which one of them renews it and the other one looks on.
        database.change("update private.settings set leader_lease = '2 seconds'")
        begun = database.row("select now() as now")["now"]
        database.until("select from private.leader where expires_at > %s + interval '5 seconds'", begun)
        assert behind.leads != ahead.leads
        assert term in {status(one.url)["term"] for one in (behind, ahead)}
        assert "600 s behind the database's" in not_ready(behind.url)
        assert "600 s ahead of the database's" in not_ready(ahead.url)


# Beside what is there already


def test_the_revision_that_waits_for_a_leader_sees_one(
    sentinel: str, database: Any, project: Project, head_url: str, connect: Connect
) -> None:
    works = leader_is_there(project)
    until(lambda: bool(status(sentinel)["leader"]))
    assert database.rows(works) == [{"exists": True}]
    assert connect(head_url).execute(f"select pg_try_advisory_lock({LOCK})").fetchone() == (False,)


def test_while_an_old_sentinel_leads_a_new_one_stands_by_and_is_ready(
    sentinel_options: SentinelOptions, database: Any, head_url: str, connect: Connect
) -> None:
    old = connect(head_url)
    old.execute(f"select pg_advisory_lock({LOCK})")
    with background(sentinel_options) as url:
        until(lambda: not not_ready(url))
        assert (status(url)["leader"], status(url)["ledBy"]) == (False, "a sentinel without terms")
        old.close()
        until(lambda: bool(status(url)["leader"]))


def test_before_the_terms_are_there_a_sentinel_leads_by_the_lock_and_after_them_by_a_term(
    sentinel_options: SentinelOptions, database: Any, project: Project, head_url: str, connect: Connect
) -> None:
    command.downgrade(alembic_env.config(project, head_url), "0028")
    with background(sentinel_options) as url:
        until(lambda: not not_ready(url))
        assert (status(url)["leader"], status(url)["term"]) == (True, None)
        assert database.rows(leader_is_there(project)) == [{"exists": True}]
        node = Caller(url)
        early = node.post("/nodes/heartbeat", {"status": "online"})
        assert (early.status_code, early.json()["code"]) == (503, "database_behind")
        assert early.headers["Retry-After"]
        alembic_env.upgrade(project, head_url)
        until(lambda: status(url)["term"] == 1)
        until(lambda: not not_ready(url))
        database.claim(node.register()["claimCode"])
        node.beat()
        database.submit(1000, baseDps=1)
        assert len(node.beat(wait=20)["chunks"]) == 1
        # Shared, so that its end is not waited for.
        assert connect(head_url).execute(f"select pg_try_advisory_lock_shared({LOCK})").fetchone() == (True,)


def test_what_a_leader_began_is_not_written_in_the_next_ones_term(head_url: str, database: Any) -> None:
    """A pass or a chore may go on for a moment after its sentinel has heard that another one leads."""
    database.change("update private.settings set leader_lease = '1 second'")
    old, new = Leadership(), Leadership()

    async def take_turns() -> None:
        async with await connected(head_url) as first, await connected(head_url) as second:
            await old.begin(first)
            await new.begin(second)
            await old.pulse(first, "")
            while not new.leading:
                await new.pulse(second, "")
            with pytest.raises(LeadershipLostError):
                await old.pulse(first, "")
            assert (old.term, old.own_term) == (new.own_term, new.own_term - 1 if new.own_term else None)
            write = "select " + old.fenced("1")
            with pytest.raises(psycopg.Error, match="is over"):
                await first.execute(write, {"term": old.own_term})
            await second.execute(write, {"term": new.own_term})

    asyncio.run(take_turns())


async def connected(url: str) -> AsyncConnection[DictRow]:
    return await AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
