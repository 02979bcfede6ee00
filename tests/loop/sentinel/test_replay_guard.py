"""What a sentinel remembers of its answers."""

from __future__ import annotations

import asyncio
import gc

import pytest
from starlette.responses import Response

from loop.sentinel.replay_guard import Replies
from loop.signing import Signed

NOW = 1_700_000_000


def request(number: int, *, until: int = NOW + 300) -> Signed:
    return Signed("key", number.to_bytes(32, "big"), until)


class Work:
    """Counts how often it is done."""

    def __init__(self, status: int = 200, body: bytes = b"") -> None:
        self.done = 0
        self.status = status
        self.body = body

    async def __call__(self) -> Response:
        await asyncio.sleep(0)
        self.done += 1
        return Response(self.body or str(self.done).encode(), self.status)


async def body(replies: Replies, work: Work, number: int = 1, now: int = NOW) -> bytes:
    return bytes((await replies.once(request(number), now, work)).body)


def test_the_same_request_is_answered_once_even_while_it_is_being_answered() -> None:
    async def run() -> None:
        replies, work = Replies(), Work()
        together = await asyncio.gather(*(body(replies, work) for _ in range(5)))
        later = [await body(replies, work, now=NOW + seconds) for seconds in (1, 300)]
        assert {*together, *later} == {b"1"}
        assert work.done == 1
        assert await body(replies, work, now=NOW + 301) == b"2"

    asyncio.run(run())


def test_a_request_that_was_not_carried_out_may_come_again() -> None:
    async def broken() -> Response:
        raise OSError("no database")

    async def run() -> None:
        replies, work = Replies(), Work(503)
        for _ in range(2):
            with pytest.raises(OSError, match="no database"):
                await replies.once(request(1), NOW, broken)
        for _ in range(3):
            await body(replies, work)
        assert work.done == 3
        assert len(replies) == 0

    asyncio.run(run())


def test_the_memory_stays_within_its_limit_and_forgets_the_oldest() -> None:
    async def run() -> None:
        replies, work = Replies(limit=20_000), Work(body=b"x" * 4000)
        for number in range(10):
            await body(replies, work, number)
        assert 1 < len(replies) <= 5
        await body(replies, work, 9)
        assert work.done == 10
        await body(replies, work, 0)
        assert work.done == 11

    asyncio.run(run())


def test_what_is_remembered_is_nothing_for_the_garbage_collector() -> None:
    async def run() -> None:
        replies, work = Replies(), Work()
        await body(replies, work, 0)
        before = tracked()
        for number in range(1, 1000):
            await body(replies, work, number)
        assert len(replies) == 1000
        assert tracked() - before < 100

    asyncio.run(run())


def tracked() -> int:
    """How many objects it looks at; it lets a tuple go once it has let go what is in it."""
    for _ in range(3):
        gc.collect()
    return len(gc.get_objects())
