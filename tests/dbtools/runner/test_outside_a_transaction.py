"""Revisions of statements that Postgres refuses in a transaction, and what an interrupted one leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.errors import MigrationError
from tests.conftest import Connect
from tests.support.repository import Repository
from tests.support.system import WAITING, rows, value, wait_until

INDEXES = (
    "select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 'public.t'::regclass"
)


def test_an_index_is_built_and_dropped_concurrently(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "create table public.t (a int);")
    repository.add("0002", "create index concurrently i on public.t (a);", "drop index concurrently public.i;")
    repository.add("0003", "vacuum public.t;")
    alembic_env.upgrade(repository.project, platform_url)
    assert rows(platform, INDEXES) == [{"name": "i", "valid": True}]
    platform.rollback()
    done = repository.alembic("downgrade", "0001", url=platform_url)
    assert done.returncode == 0, done.stdout
    assert rows(platform, INDEXES) == []


def test_a_value_added_to_an_enum_can_be_used_by_the_next_revision(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "create type public.mood as enum ('good');")
    repository.add("0002", "alter type public.mood add value 'bad';")
    repository.add("0003", "create table public.t as select 'bad'::public.mood as mood;")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select mood::text from public.t") == "bad"


def test_a_failed_index_leaves_the_revision_before_and_is_built_anew(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    db = connect(platform_url)
    repository.add("0001", "create table public.t (a int);\ninsert into public.t values (1), (1);")
    repository.add("0002", "create unique index concurrently i on public.t (a);")
    with pytest.raises(MigrationError, match=r'could not create unique index "i"(.|\n)*the database stays at 0001'):
        alembic_env.upgrade(repository.project, platform_url)
    assert rows(db, INDEXES) == [{"name": "i", "valid": False}]
    db.execute("delete from public.t")
    alembic_env.upgrade(repository.project, platform_url)
    assert rows(db, INDEXES) == [{"name": "i", "valid": True}]


def test_an_interrupted_rebuild_leaves_no_second_index_after_the_next_run(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    db, writer = connect(platform_url), connect(platform_url, autocommit=False)
    repository.add("0001", "create table public.t (a int);\ncreate index i on public.t (a);")
    alembic_env.upgrade(repository.project, platform_url)
    repository.add("0002", "reindex index concurrently public.i;")
    writer.execute("insert into public.t values (1)")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(alembic_env.upgrade, repository.project, platform_url)
        wait_until(db, WAITING, 1)
        db.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dbtools-alembic'")
        with pytest.raises(MigrationError, match=r"0002_step.up.sql, line 1: terminating connection"):
            running.result(60)
    writer.rollback()
    assert {"name": "i_ccnew", "valid": False} in rows(db, INDEXES)
    alembic_env.upgrade(repository.project, platform_url)
    assert rows(db, INDEXES) == [{"name": "i", "valid": True}]


def test_a_valid_index_of_that_name_is_nobodys_leftover(
    repository: Repository, platform_url: str, connect: Connect
) -> None:
    repository.add("0001", "create table public.t (a int);\ncreate index i on public.t (a);")
    repository.add("0002", "create index concurrently i on public.t (a);")
    with pytest.raises(MigrationError, match='relation "i" already exists'):
        alembic_env.upgrade(repository.project, platform_url)
    assert rows(connect(platform_url), INDEXES) == [{"name": "i", "valid": True}]
