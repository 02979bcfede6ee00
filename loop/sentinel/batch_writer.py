"""Sending what arrives together in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg

from loop.sentinel.errors import ApiError

Write = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]
# The name, if any, of whom an entry is from; the entry; who waits for its answer.
Waiting = tuple[str | None, str, asyncio.Future[Any]]


class Batch:
    """While one statement is on its way, what arrives gathers for the next one; nothing waits for a clock.

    Args:
        write: writes entries (JSON) in one statement and returns an answer for each, in their order.
        most: entries of one statement; more are not cheaper, each by itself.
        bound: entries that may wait; beyond it callers are told to come again.
    """

    def __init__(self, write: Write, *, most: int = 64, bound: int = 10_000) -> None:
        self._write = write
        self._most = most
        self._bound = bound
        self._waiting: list[Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, entry: str, name: str | None = None) -> Any:
        """The answer to one entry, once it is written; of those with one name, no two are in one statement.

        Raises:
            ApiError: 503, too many wait already.
            psycopg.Error: the database refused it, or cannot be reached.
        """
        return await self.start(entry, name)

    def start(self, entry: str, name: str | None = None) -> asyncio.Future[Any]:
        """As `put`, but what is to be awaited: of many entries, none needs a task of its own.

        Raises:
            ApiError: 503, too many wait already.
        """
        if len(self._waiting) >= self._bound:
            raise ApiError(503, "too_busy", "too many results are waiting to be written", "try again")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, entry, answer))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        while self._waiting:
            await self._settle(self._take())

    def _take(self) -> Sequence[Waiting]:
        taken: list[Waiting] = []
        left: list[Waiting] = []
        names: set[str] = set()
        for number, (name, entry, answer) in enumerate(self._waiting):
            if len(taken) == self._most:
                left += self._waiting[number:]
                break
            if name in names:
                left.append((name, entry, answer))
                continue
            taken.append((name, entry, answer))
            if name is not None:
                names.add(name)
        self._waiting = left
        return taken

    async def _settle(self, taken: Sequence[Waiting]) -> None:
        try:
            answers = await self._write([entry for _, entry, _ in taken])
        except Exception as error:
            if isinstance(error, psycopg.DataError) and len(taken) > 1:
                # One entry that Postgres cannot even read must not sink those that happened to arrive beside it.
                for one in taken:
                    await self._settle([one])
                return
            answers = [error] * len(taken)
        for (_, _, answer), given in zip(taken, answers, strict=True):
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(given, Exception):
                answer.set_exception(given)
            else:
                answer.set_result(given)
