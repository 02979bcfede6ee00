"""`alembic upgrade` beside others: another runner, a blocker, readers; and what of its limits stays behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.postgres.shadow import ADMIN
from tests.conftest import Connect
from tests.support.repository import Repository
from tests.support.system import WAITING, value, wait_until

HELD_UP = WAITING + " and application_name = 'dbtools-alembic'"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


def test_a_second_runner_waits_without_holding_up_an_index_and_finds_nothing_to_do(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    repository.add("0001", "create table public.t (a int);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.add("0002", "create index concurrently i on public.t (a);")
    observer, writer = connect(platform_url), connect(platform_url, autocommit=False)
    writer.execute("insert into public.t values (1)")

    first = repository.start("upgrade", "head", url=platform_url)
    wait_until(observer, HELD_UP, 1)
    second = repository.start("upgrade", "head", url=platform_url)
    assert second.stderr is not None
    patience = threading.Timer(60, second.kill)
    patience.start()
    said = second.stderr.readline()
    patience.cancel()
    assert "another upgrade is running" in said
    assert "postgres" in said
    # The index is built once everybody who was there when it began has gone; the second runner must not be among them.
    writer.rollback()
    first_said, second_said = first.communicate(timeout=60)[1], second.communicate(timeout=60)[1]
    assert (first.returncode, second.returncode) == (0, 0)
    assert "upgraded to 0002" in first_said
    assert "nothing to do" in second_said
    assert value(observer, "select indisvalid from pg_index where indexrelid = 'public.i'::regclass") is True


def test_a_blocker_stops_nobody_else_and_the_upgrade_comes_through_after_it(
    repository: Repository, platform_url: str, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    repository.add("0001", "create table public.t (a int);\ncreate table public.u (a int);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.set(lock_timeout="200ms", lock_retries=20)
    repository.add("0002", "alter table public.u add column b int;\nalter table public.t add column b int;")
    blocker, reader, observer = connect(platform_url, autocommit=False), connect(platform_url), connect(platform_url)
    blocker.execute("select from public.t")

    running = pool.submit(alembic_env.upgrade, repository.project, platform_url)
    wait_until(observer, HELD_UP, 1)
    # The first stands in the queue behind the runner, the second before what the runner had locked already.
    reader.execute("select from public.t")
    reader.execute("select from public.u")
    assert not running.done()
    blocker.rollback()
    running.result(60)
    assert value(observer, "select version_num from private.alembic_version") == "0002"


def test_the_first_revision_of_all_is_tried_again_too(
    repository: Repository, platform_url: str, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    repository.set(lock_timeout="200ms", lock_retries=20)
    repository.add("0001", "alter table public.t add column b int;")
    blocker, observer = connect(platform_url, autocommit=False), connect(platform_url)
    observer.execute("create table public.t (a int)")
    blocker.execute("select from public.t")
    running = pool.submit(alembic_env.upgrade, repository.project, platform_url)
    wait_until(observer, HELD_UP, 1)
    wait_until(observer, f"select 1 - n from ({HELD_UP}) as held (n)", 1)
    blocker.rollback()
    running.result(60)
    assert value(observer, "select version_num from private.alembic_version") == "0001"


def test_when_the_blocker_does_not_end_the_error_names_it(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    repository.add("0001", "create table public.t (a int);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.set(lock_timeout="400ms", lock_retries=1)
    repository.add("0002", "alter table public.t add column b int;")
    blocker = connect(platform_url, autocommit=False)
    blocker.execute("set application_name = 'a long report'")
    blocker.execute("select 'hunter2' from public.t")
    done = repository.alembic("upgrade", "head", url=platform_url)
    assert done.returncode != 0
    assert "0002 (1 of 1) waits for process" in done.stderr
    assert "0002 (1 of 1) was held up; trying again in" in done.stderr
    assert "0002_step.up.sql, line 1: canceling statement due to lock timeout" in done.stdout
    assert f"held up by process {blocker.info.backend_pid} (postgres, a long report, idle in transaction" in done.stdout
    assert "): select '…' from public.t" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "the database stays at 0001" in done.stdout
    assert "lock_retries" in done.stdout


def test_an_interrupted_upgrade_ends_at_once_and_leaves_the_revision_before(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    repository.add("0001", "create table public.t (a int);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.add("0002", "create table public.u ();\nselect pg_sleep(600);")
    observer = connect(platform_url)
    runner = repository.start("upgrade", "head", url=platform_url)
    wait_until(observer, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'", 1)
    runner.send_signal(signal.SIGINT)
    stdout, stderr = runner.communicate(timeout=60)
    assert runner.returncode != 0
    assert "interrupted" in stdout
    assert "Traceback" not in stderr
    assert value(observer, "select version_num from private.alembic_version") == "0001"
    assert value(observer, "select to_regclass('public.u')") is None


def test_no_revision_inherits_what_an_earlier_one_has_set(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    settings = "current_setting('lock_timeout') as l, current_setting('search_path') as p"
    repository.add("0001", "create table public.seen as select " + settings)
    repository.add("0002", "set lock_timeout = '7s'; set search_path = 'auth';")
    repository.add("0003", f"insert into public.seen select {settings};")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select count(*) from (select distinct s from public.seen as s) as d") == 1


def test_the_roles_own_time_limit_does_not_cut_a_revision_but_ours_does(
    repository: Repository, platform: psycopg.Connection, platform_url: str, connect: Connect
) -> None:
    connect(platform_url, user=ADMIN).execute(
        f"alter role postgres in database {platform.info.dbname} set statement_timeout = '100ms'"
    )
    repository.add("0001", "select pg_sleep(0.3);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.set(statement_timeout="200ms")
    repository.add("0002", "select pg_sleep(30);")
    with pytest.raises(MigrationError, match="canceling statement due to statement timeout"):
        alembic_env.upgrade(repository.project, platform_url)


def test_a_runner_that_has_lost_its_lock_goes_no_further(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add(
        "0001",
        """
        select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where application_name = 'dbtools-alembic-lock' and datname = current_database();
        """,
    )
    repository.add("0002", "create table public.t ();")
    with pytest.raises(MigrationError, match=r"lock was lost\n  the database stays at 0001"):
        alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select to_regclass('public.t')") is None


def test_a_deadlock_is_tried_again(
    repository: Repository, platform_url: str, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    repository.add("0001", "create table public.a ();\ncreate table public.b ();")
    alembic_env.upgrade(repository.project, platform_url)
    repository.add("0002", "lock table public.a;\nlock table public.b;")
    # Only a superuser may set when it looks for deadlocks: after the runner has.
    other, observer = connect(platform_url, user=ADMIN, autocommit=False), connect(platform_url)
    other.execute("set deadlock_timeout = '60s'")
    other.execute("lock table public.b")
    running = pool.submit(alembic_env.upgrade, repository.project, platform_url)
    wait_until(observer, HELD_UP, 1)
    other.execute("lock table public.a")
    other.rollback()
    running.result(60)
    assert value(observer, "select version_num from private.alembic_version") == "0002"
