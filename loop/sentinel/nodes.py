"""The calls of the nodes; what arrives together is one statement of the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import LiteralString

from psycopg.rows import DictRow
from starlette.responses import JSONResponse, Response

from loop.sentinel import body
from loop.sentinel.batch_writer import Batch
from loop.sentinel.database import Database
from loop.sentinel.errors import ApiError
from loop.sentinel.heartbeats import STATUSES, Beat, Heartbeats
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Metrics
from loop.sentinel.refill import Refill

# Where the request being answered came from; for the limits that are by address.
ADDRESS: ContextVar[str | None] = ContextVar("ADDRESS", default=None)

# Seconds for which a heartbeat may wait for work at the most; proxies cut silent connections, many after a minute.
LONGEST_WAIT = 30.0

_REGISTER = """
select public.register_node(
  %(key)s, %(hostname)s, %(total_cores)s, %(enabled_cores)s, %(platform)s, %(version)s, %(address)s
) as answer
"""
# A node's id comes from its key and is put in last, so that no entry can speak for another node; anybody can register a
# key, but only a node that has an owner can hold a chunk. An entry without a key is an unsigned one that names no node:
# it speaks for whoever holds the chunk. Without a node an entry is malformed to the database.
_ENTRIES = """
with given as materialized (
  select jsonb_agg(e.entry || jsonb_build_object('nodeId', case
    when e.entry ? 'key' then (
      select n.id from public.nodes as n where n.public_key = e.entry ->> 'key' and n.user_id is not null
    )
    else (
      select coalesce(c.node_id, c.last_node_id) from public.jobs_chunks as c where c.id = (e.entry ->> 'chunkId')::uuid
    )
  end) order by e.place) as entries
  from jsonb_array_elements(%(entries)s::jsonb) with ordinality as e (entry, place)
)
"""
# After completions there is room again, of which no notification tells. A leader refills the nodes itself; who does not
# lead asks for a pass, if anything waits for it, and does so with what is written.
_COMPLETE: LiteralString = (
    _ENTRIES  # noqa: S608 -- two constants
    + """
select
  o.outcome, o.reason, o.job_complete, %(ask)s::boolean as asked,
  (
    select pg_notify('pending_chunk', '')
    where %(ask)s and exists (select from public.jobs_chunks as c where c.status = 'pending' and c.node_id is null)
  ) as notified
from given as g
cross join lateral public.complete_chunks(g.entries)
  with ordinality as o (chunk_id, outcome, reason, job_complete, place)
order by o.place
"""
)
_FAIL: LiteralString = (
    _ENTRIES
    + """
select o.outcome, o.reason, o.job_complete
from given as g
cross join lateral public.fail_chunks(g.entries)
  with ordinality as o (chunk_id, outcome, reason, job_complete, place)
order by o.place
"""
)


class NodeApi:
    """The calls: each takes the node's public key and the fields of the body.

    The key is proven, or, while unsigned requests are accepted, believed; there it may be None.
    """

    def __init__(self, database: Database, waiting: Waiting, metrics: Metrics, refill: Refill) -> None:
        self._database = database
        self._waiting = waiting
        self._metrics = metrics
        self._refill = refill
        self._heartbeats = Heartbeats(database)
        self._results = Batch(lambda entries: self._write(_COMPLETE, entries, ask=not refill.works))
        self._failures = Batch(lambda entries: self._write(_FAIL, entries))

    async def register(self, key: str | None, fields: body.Fields) -> Response:
        """Make the node known, or find it again; `{"id", "claimCode", "claimed"}`."""
        parameters = {
            "address": ADDRESS.get(),
            "key": _named(key),
            "hostname": body.text(fields, "hostname"),
            "total_cores": body.count(fields, "totalCores"),
            "enabled_cores": body.count(fields, "enabledCores"),
            "platform": body.text(fields, "platform"),
            "version": body.text(fields, "version"),
        }
        [row] = await self._database.rows(_REGISTER, parameters)
        return JSONResponse(row["answer"])

    async def heartbeat(self, key: str | None, fields: body.Fields) -> Response:
        """Note that the node lives, and tell it what it is to compute.

        The answer is `{"id", "name", "maxParallel", "status", "cancelled", "chunks"}`. To a node that names the hashes
        of what it has in `inputs`, it has the other configs and scripts beside the chunks, as `configs` and `scripts`.
        To an older one, each of the chunks has its config and script, unless the node names its token in `attempts`, or
        asks for none with `embed`. With `wait` (seconds) the answer is held back until there is something in it that
        the node does not know. Of two processes that send another `session`, one is refused.
        """
        beat, wait = _beat(_named(key), fields)
        return Response(await self._tell(beat, wait), media_type="application/json")

    async def work(self, key: str | None, fields: body.Fields) -> Response:
        """Hand in `results` and `failures`, say what runs, and take new work: all that a node has to say, in one call.

        Each of the results is `{"chunkId", "attemptToken", "result"}`, each of the failures what `fail` takes; the
        other fields are those of a heartbeat, and so is the answer. It has besides, for each that was handed in, in
        their order, `{"chunkId", "success", "jobComplete", "outcome"}`, and a `reason` where the outcome is `invalid`.
        They are written at once; the answer is held back for new work only if all of them were taken.
        """
        key = _named(key)
        beat, wait = _beat(key, fields)
        # All is read before anything is written.
        if beat.status not in STATUSES:
            raise ApiError(400, "status_unknown", "there is no such status", "send online or offline")
        results, failures = body.objects(fields, "results"), body.objects(fields, "failures")
        ended = [body.dump(_result(key, one)) for one in results]
        broken = [body.dump(_failure(key, one)) for one in failures]
        rows = await asyncio.gather(*map(self._results.start, ended), *map(self._failures.start, broken))
        given = [*results, *failures]
        said = [{"chunkId": one["chunkId"], **_outcome(row)} for one, row in zip(given, rows, strict=True)]
        taken, failed = said[: len(results)], said[len(results) :]
        for what, outcomes in (("completed", taken), ("failed", failed)):
            self._metrics.reported(what, sum(one["outcome"] == "accepted" for one in outcomes))
        room = sum(row["outcome"] == "accepted" and not row["asked"] for row in rows[: len(results)])
        answer = await self._tell(beat, wait if all(one["success"] for one in said) else 0.0, room)
        handed_in = json.dumps({"results": taken, "failures": failed})
        return Response(f"{answer[:-1]}, {handed_in[1:]}", media_type="application/json")

    async def _tell(self, beat: Beat, wait: float, room: int = 0) -> str:
        """The answer to a heartbeat, as JSON text, held back for so many seconds while there is no news in it.

        For `room` chunks the node has room since its report.
        """
        with self._waiting.node(beat) as place:
            try:
                row = await self._heartbeats.ask(beat)
            finally:
                # Not before it is heard: what is assigned from now on is added to what the heartbeat was told.
                if room:
                    self._refill.node(beat.key, room)
            # Not for so long that the node would count as gone.
            until = asyncio.get_running_loop().time() + min(wait, row["offline_after"] / 3)
            while wait and not row["news"] and beat.status == "online" and not self._waiting.closed:
                place.wait(row["answer"])
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(until):
                        await place.called.wait()
                if place.answer is not None or not place.called.is_set():
                    break
                place.look()
                row = await self._heartbeats.ask(beat)
            return place.answer or str(row["answer"])

    async def complete(self, key: str | None, fields: body.Fields) -> Response:
        """Hand in one chunk's result; `{"success", "jobComplete", "outcome"}`.

        A result that comes too late is no error: `success` is false and `outcome` is `superseded`.
        """
        row = await self._results.put(body.dump(_result(key, fields)))
        if row["outcome"] == "accepted" and not row["asked"]:
            if key is None:
                await self._refill.ask()
            else:
                self._refill.node(key, 1)
        return self._answer("completed", row)

    async def fail(self, key: str | None, fields: body.Fields) -> Response:
        """Say that an attempt came to nothing; the answer is that of `complete`.

        The attempt's token must be there: without it, a failure that is repeated could end the node's next attempt.
        With `handedBack` the node stops and has not begun with the chunk, which costs none of its attempts.
        """
        row = await self._failures.put(body.dump(_failure(_named(key), fields)))
        return self._answer("failed", row)

    async def _write(self, statement: LiteralString, entries: Sequence[str], *, ask: bool = False) -> list[DictRow]:
        return await self._database.rows(statement, {"entries": f"[{','.join(entries)}]", "ask": ask}, often=True)

    def _answer(self, what: str, row: DictRow) -> Response:
        outcome = _outcome(row)
        if outcome["outcome"] == "invalid":
            raise ApiError(400, "invalid_result", f"the result was refused: {outcome['reason']}")
        self._metrics.reported(what, outcome["outcome"] == "accepted")
        return JSONResponse(outcome)


def _named(key: str | None) -> str:
    if key is None:
        raise ApiError(401, "node_unnamed", "the request does not say which node it is from", "send X-Node-Key")
    return key


def _beat(key: str, fields: body.Fields) -> tuple[Beat, float]:
    """What a node says of itself, and for how many seconds its answer may be held back."""
    beat = Beat(
        key=key,
        status=body.text(fields, "status", "online"),
        running=body.uuids_or_none(fields, "running"),
        attempts=body.uuids_or_none(fields, "attempts") or [],
        inputs=body.hashes_or_none(fields, "inputs"),
        embed=body.flag(fields, "embed", default=True),
        session=body.uuid_or_none(fields, "session"),
    )
    return beat, min(body.seconds(fields, "wait"), LONGEST_WAIT)


def _result(key: str | None, fields: body.Fields) -> body.Fields:
    token = body.uuid_or_none(fields, "attemptToken")
    return {
        "chunkId": body.uuid(fields, "chunkId"),
        "result": body.mapping(fields, "result"),
        **({"attemptToken": token} if token else {}),
        **({"key": key} if key else {}),
    }


def _failure(key: str, fields: body.Fields) -> body.Fields:
    return {
        "chunkId": body.uuid(fields, "chunkId"),
        "attemptToken": body.uuid(fields, "attemptToken"),
        "error": body.words(fields, "error"),
        "handedBack": body.flag(fields, "handedBack", default=False),
        "key": key,
    }


def _outcome(row: DictRow) -> body.Fields:
    """What became of a result or a failure, as a node is told."""
    if row["reason"] == "entry_malformed":
        raise ApiError(404, "node_unknown", "no claimed node has this key", "register the node and claim it")
    return {
        "success": row["outcome"] in {"accepted", "already_done"},
        "jobComplete": bool(row["job_complete"]),
        "outcome": row["outcome"],
        **({"reason": row["reason"]} if row["outcome"] == "invalid" else {}),
    }
