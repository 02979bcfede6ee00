"""Statements that come often are prepared; whatever becomes of the plan, the request is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from loop.sentinel import SentinelOptions, server
from loop.sentinel.database import Database

PREPARED = "select count(*)::integer as number from pg_prepared_statements where from_sql is false"


def with_one_session(options: SentinelOptions, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database(options.database_url, size=1)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


def test_a_statement_that_comes_often_is_prepared_and_another_is_not(sentinel_options: SentinelOptions) -> None:
    async def work(database: Database) -> None:
        for _ in range(4):
            await database.rows("select 1 as often", {}, often=True)
            await database.rows("select 1 as seldom", {})
        assert await database.rows(PREPARED, {}) == [{"number": 1}]

    with_one_session(sentinel_options, work)


def test_a_plan_that_is_older_than_the_schema_costs_no_request(
    sentinel_options: SentinelOptions, database: Any
) -> None:
    database.change("create table public.things as select 1 as a")
    database.change("grant select on public.things to service_role")

    async def work(pool: Database) -> None:
        for _ in range(4):
            assert await pool.rows("select * from public.things", {}, often=True) == [{"a": 1}]
        database.change("alter table public.things add column b integer default 2")
        assert await pool.rows("select * from public.things", {}, often=True) == [{"a": 1, "b": 2}]

    with_one_session(sentinel_options, work)


def test_a_prepared_statement_that_is_gone_costs_no_request(sentinel_options: SentinelOptions, database: Any) -> None:
    # As the driver does not see it: a pooler that cleans up.
    database.change(
        "create function public.clean_up() returns void language plpgsql as $$ begin execute 'deallocate all'; end; $$"
    )

    async def work(pool: Database) -> None:
        for _ in range(4):
            await pool.rows("select 1 as one", {}, often=True)
        await pool.rows("select public.clean_up()", {})
        assert await pool.rows("select 1 as one", {}, often=True) == [{"one": 1}]

    with_one_session(sentinel_options, work)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio:SelectorEventLoop"])
def test_a_sentinel_runs_on_either_loop(
    loop: str, sentinel_options: SentinelOptions, monkeypatch: pytest.MonkeyPatch, ready: Callable[[str], None]
) -> None:
    monkeypatch.setattr(server, "LOOP", loop)
    with server.background(sentinel_options) as url:
        ready(url)
