"""What signed requests were answered, so that the same request once more gets the same answer and does nothing.

A node that heard no answer sends its request again, and within one second Ed25519 gives it the same signature: its
retry is not to be told from a replay, so both must be harmless.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.responses import Response

from loop.signing import Signed

# What an answer costs beside its body, in bytes; roughly.
_OVERHEAD = 400

# Status and body of an answer. Of what is kept for ten minutes there is much, so it is nothing that Python's garbage
# collector has to look at: with answers as objects it held everybody up for a tenth of a second and more.
_Reply = tuple[int, bytes]


class Replies:
    """Answers by the mark of their request's signature, each kept for as long as its timestamp would be accepted.

    The memory is one process's own and holds about `limit` bytes; when it is full, the oldest answers go first. A
    request whose answer is forgotten, or that reaches another sentinel, is carried out again: the database's functions
    make that harmless, for each of them may be repeated.
    """

    def __init__(self, limit: int = 64_000_000) -> None:
        self._limit = limit
        self._size = 0
        self._known: OrderedDict[bytes, tuple[int, int, _Reply | asyncio.Future[Response]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def once(self, signed: Signed, now: int, work: Callable[[], Awaitable[Response]]) -> Response:
        """The answer to a request: `work` makes it, unless it was made before or is being made.

        What ends in an exception or a status of 500 and more is not remembered: there, trying again is right. Every
        answer is JSON and has no headers of its own.
        """
        self._forget(now)
        if known := self._known.get(signed.mark):
            reply = known[2]
            if isinstance(reply, asyncio.Future):
                return await asyncio.shield(reply)
            return Response(reply[1], reply[0], media_type="application/json")
        answer = asyncio.ensure_future(work())
        self._keep(signed, 0, answer)
        try:
            response = await asyncio.shield(answer)
        except BaseException:
            self._drop(signed.mark)
            raise
        self._drop(signed.mark)
        if response.status_code < 500:
            self._keep(signed, len(response.body), (response.status_code, bytes(response.body)))
        return response

    def _keep(self, signed: Signed, length: int, answer: _Reply | asyncio.Future[Response]) -> None:
        self._known[signed.mark] = (signed.until, length + _OVERHEAD, answer)
        self._size += length + _OVERHEAD

    def _drop(self, mark: bytes) -> None:
        if known := self._known.pop(mark, None):
            self._size -= known[1]

    def _forget(self, now: int) -> None:
        while self._known:
            mark, (until, _, _) = next(iter(self._known.items()))
            if until >= now and self._size <= self._limit:
                return
            self._drop(mark)
