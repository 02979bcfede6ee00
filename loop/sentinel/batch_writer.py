"""Writing what arrives together in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg

from loop.sentinel.errors import ApiError

Write = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]


class Batch:
    """While one statement is on its way, what arrives gathers for the next one; nothing waits for a clock.

    Args:
        write: writes entries (JSON) in one statement and returns an answer for each, in their order.
        most: entries of one statement.
        bound: entries that may wait; beyond it callers are told to come again.
    """

    def __init__(self, write: Write, *, most: int = 500, bound: int = 10_000) -> None:
        self._write = write
        self._most = most
        self._bound = bound
        self._waiting: list[tuple[str, asyncio.Future[Any]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, entry: str) -> Any:
        """The answer to one entry, once it is written.

        Raises:
            ApiError: 503, too many wait already.
            psycopg.Error: the database refused it, or cannot be reached.
        """
        if len(self._waiting) >= self._bound:
            raise ApiError(503, "too_busy", "too many results are waiting to be written", "try again")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, answer))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._settle(taken)

    async def _settle(self, taken: Sequence[tuple[str, asyncio.Future[Any]]]) -> None:
        try:
            answers = await self._write([entry for entry, _ in taken])
        except Exception as error:
            if isinstance(error, psycopg.DataError) and len(taken) > 1:
                # One entry that Postgres cannot even read must not sink those that happened to arrive beside it.
                for one in taken:
                    await self._settle([one])
                return
            answers = [error] * len(taken)
        for (_, answer), given in zip(taken, answers, strict=True):
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(given, Exception):
                answer.set_exception(given)
            else:
                answer.set_result(given)
