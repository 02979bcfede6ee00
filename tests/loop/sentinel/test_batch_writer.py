"""Entries that arrive together are written together, and fail apart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import pytest

from loop.sentinel.batch_writer import Batch
from loop.sentinel.errors import ApiError


def test_what_arrives_while_a_statement_is_on_its_way_is_written_by_the_next_one() -> None:
    written: list[list[str]] = []

    async def write(entries: Sequence[str]) -> Sequence[str]:
        written.append(list(entries))
        await asyncio.sleep(0)
        return [entry.upper() for entry in entries]

    async def run() -> None:
        batch = Batch(write, most=3)
        first = asyncio.create_task(batch.put("a"))
        await asyncio.sleep(0)
        assert await asyncio.gather(first, *(batch.put(entry) for entry in "bcde")) == ["A", "B", "C", "D", "E"]
        assert await batch.put("f") == "F"

    asyncio.run(run())
    assert written[-1] == ["f"]
    assert max(len(entries) for entries in written) == 3
    assert len(written) <= 4


def test_two_entries_of_one_name_are_never_in_one_statement() -> None:
    written: list[list[str]] = []

    async def write(entries: Sequence[str]) -> Sequence[str]:
        written.append(list(entries))
        await asyncio.sleep(0)
        return entries

    async def run() -> None:
        batch = Batch(write, most=3)
        entries = ("a1", "a2", "b1", "a3", "b2", "c1", "d1")
        answers = await asyncio.gather(*(batch.put(entry, entry[0]) for entry in entries))
        assert tuple(answers) == entries

    asyncio.run(run())
    assert written == [["a1", "b1", "c1"], ["a2", "b2", "d1"], ["a3"]]


def test_an_entry_that_cannot_be_read_sinks_no_other() -> None:
    async def write(entries: Sequence[str]) -> Sequence[str]:
        if "bad" in entries:
            raise psycopg.DataError("unsupported Unicode escape sequence")
        return entries

    async def run() -> None:
        batch = Batch(write)
        entries = ("a", "bad", "b")
        first, bad, last = await asyncio.gather(*(batch.put(entry) for entry in entries), return_exceptions=True)
        assert (first, last) == ("a", "b")
        assert isinstance(bad, psycopg.DataError)

    asyncio.run(run())


def test_a_lost_database_is_everybodys_error_and_the_next_entry_is_written() -> None:
    lost = [True]

    async def write(entries: Sequence[str]) -> Sequence[str]:
        if lost.pop() if lost else False:
            raise psycopg.OperationalError("server closed the connection")
        return entries

    async def run() -> None:
        batch = Batch(write)
        answers = await asyncio.gather(batch.put("a"), batch.put("b"), return_exceptions=True)
        assert [type(answer) for answer in answers] == [psycopg.OperationalError] * 2
        assert await batch.put("c") == "c"

    asyncio.run(run())


def test_too_many_are_told_to_come_again() -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def write(entries: Sequence[str]) -> Sequence[str]:
            await gate.wait()
            return entries

        batch = Batch(write, bound=2)
        waiting = [asyncio.create_task(batch.put("a"))]
        await asyncio.sleep(0)
        waiting += [asyncio.create_task(batch.put(entry)) for entry in "bc"]
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as caught:
            await batch.put("d")
        assert (caught.value.status, caught.value.code) == (503, "too_busy")
        gate.set()
        assert await asyncio.gather(*waiting) == ["a", "b", "c"]

    asyncio.run(run())
