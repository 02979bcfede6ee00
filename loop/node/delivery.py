"""Handing in: what is ready at the same time goes in one call, whose answer brings new work as well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from loop.node.client import RefusedError, SentinelClient, UnreachableError

# Of one call: so many results and failures, and about so many bytes of them, far from what a sentinel refuses.
MOST = 100
BYTES = 200_000

Fields = dict[str, Any]


class _Entry(NamedTuple):
    """One result or failure, and who waits to hear what became of it."""

    kind: str
    fields: Fields
    size: int
    outcome: asyncio.Future[Fields]


class Delivery:
    """Hands in results and failures.

    Args:
        sentinel: where they go.
        about: what the node says of itself in each call.
        took: gets the answers.
    """

    def __init__(
        self, sentinel: SentinelClient, about: Callable[[], Fields], took: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._sentinel = sentinel
        self._about = about
        self._took = took
        self._waiting: list[_Entry] = []
        self._sender: asyncio.Task[None] | None = None
        # An older sentinel knows the calls for one result or failure only.
        self._one_by_one = False

    async def result(self, fields: Fields) -> Fields:
        """Hand in a result: what became of it, as `/chunks/complete` says it.

        Raises:
            RefusedError, UnreachableError, ValueError: as `SentinelClient.post`.
        """
        return await self._put("results", fields)

    async def failure(self, fields: Fields) -> Fields:
        """Hand in a failure: what became of it, as `/chunks/fail` says it.

        Raises:
            RefusedError, UnreachableError, ValueError: as `SentinelClient.post`.
        """
        return await self._put("failures", fields)

    async def _put(self, kind: str, fields: Fields) -> Fields:
        # What cannot be written must not keep others from being sent.
        size = len(json.dumps(fields, allow_nan=False))
        entry = _Entry(kind, fields, size, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await entry.outcome

    async def _send(self) -> None:
        while entries := self._take():
            try:
                outcomes = await self._hand_in(entries)
            except Exception as error:
                for entry in entries:
                    if not entry.outcome.done():
                        entry.outcome.set_exception(error)
                continue
            for entry, outcome in zip(entries, outcomes, strict=True):
                if entry.outcome.done():
                    continue
                if isinstance(outcome, Exception):
                    entry.outcome.set_exception(outcome)
                else:
                    entry.outcome.set_result(outcome)

    def _take(self) -> list[_Entry]:
        self._waiting = [entry for entry in self._waiting if not entry.outcome.done()]
        size = number = 0
        for entry in self._waiting[:MOST]:
            size += entry.size
            if number and size > BYTES:
                break
            number += 1
        taken, self._waiting = self._waiting[:number], self._waiting[number:]
        return taken

    async def _hand_in(self, entries: list[_Entry]) -> list[Fields | Exception]:
        if not self._one_by_one:
            try:
                return await self._together(entries)
            except RefusedError as error:
                self._one_by_one = (error.status, error.code) == (404, "not_found")
        # Whatever was refused: each entry is told its own reason.
        return [await self._alone(entry) for entry in entries]

    async def _together(self, entries: list[_Entry]) -> list[Fields | Exception]:
        kinds = {kind: [entry.fields for entry in entries if entry.kind == kind] for kind in ("results", "failures")}
        answer = await self._sentinel.post("/nodes/work", {**self._about(), **kinds})
        said: dict[str, Any] = {kind: answer.get(kind) for kind in kinds}
        if not all(isinstance(said[kind], list) and len(said[kind]) == len(kinds[kind]) for kind in kinds):
            raise UnreachableError(f"{self._sentinel.url} gave another answer than was expected")
        outcomes = {kind: iter(said[kind]) for kind in kinds}
        found = [next(outcomes[entry.kind]) for entry in entries]
        self._took(answer)
        return [_refusal(one) if one.get("outcome") == "invalid" else one for one in found]

    async def _alone(self, entry: _Entry) -> Fields | Exception:
        path = "/chunks/complete" if entry.kind == "results" else "/chunks/fail"
        try:
            return await self._sentinel.post(path, entry.fields)
        except (RefusedError, UnreachableError) as error:
            return error


def _refusal(outcome: Mapping[str, Any]) -> RefusedError:
    return RefusedError(400, "invalid_result", f"the result was refused: {outcome.get('reason')}")
