"""What counting costs is bounded, and who shows a page does not wait for it."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

import psycopg
import pytest

from loop.sentinel import metrics
from loop.sentinel.database import Database
from loop.sentinel.metrics import Census

COUNTS = {"chunks_pending": 3, "chunks_running": 2, "nodes_online": 1}


class Slow:
    """A database that takes its time, or fails."""

    def __init__(self, seconds: float, error: psycopg.Error | None = None) -> None:
        self.seconds = seconds
        self.error = error
        self.asked = 0

    async def rows(self, statement: str, parameters: object) -> list[dict[str, Any]]:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        return [COUNTS]


def census(database: Slow) -> Census:
    return Census(cast(Database, database))


def test_counts_hold_a_hundred_times_as_long_as_counting_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_FRESH", 0.0)

    async def run() -> None:
        database = Slow(0.02)
        counted = census(database)
        assert await counted.counts() == COUNTS
        ended = time.monotonic()
        await asyncio.sleep(0.1)
        # A machine that sleeps longer than asked may count again, but not before its time.
        assert await counted.counts() == COUNTS
        assert database.asked == 1 or time.monotonic() - ended > 2

    asyncio.run(run())


def test_a_page_gets_what_is_known_and_the_next_counts_are_on_their_way() -> None:
    async def run() -> None:
        database = Slow(0.02)
        counted = census(database)
        assert counted.known() is None
        assert counted.known() is None
        assert await counted.counts() == COUNTS
        assert counted.known() == COUNTS
        assert database.asked == 1

    asyncio.run(run())


def test_a_count_that_fails_is_no_count_and_no_noise() -> None:
    async def run() -> None:
        database = Slow(0, psycopg.OperationalError("gone"))
        counted = census(database)
        assert counted.known() is None
        await asyncio.sleep(0.02)
        assert counted.known() is None
        assert await counted.counts() is None
        database.error = None
        assert await counted.counts() == COUNTS

    asyncio.run(run())
