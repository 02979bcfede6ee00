"""The sentinel's HTTP side: signed calls of the nodes, each answered by one or two statements of the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dbtools.sentinel import body
from dbtools.sentinel.database import Database
from dbtools.sentinel.errors import HANDLERS, ApiError
from dbtools.sentinel.scheduler import Scheduler
from dbtools.signing import Verifier

Handler = Callable[[str, body.Fields], Awaitable[Response]]

_REGISTER = """
select public.register_node(%(key)s, %(hostname)s, %(total_cores)s, %(enabled_cores)s, %(platform)s, %(version)s)
  as answer
"""
_HEARTBEAT = "select public.node_heartbeat(%(key)s, %(status)s, %(running)s::uuid[]) as answer"
_ASSIGN = "select chunk_id from public.assign_chunks(p_node_id => %(node)s)"
# Text from end to end: a config must reach the node as it is, and not as Python would write its numbers. The CASE
# keeps the cast, and with it the whole answer, safe from a rotationId that is no UUID.
_CHUNKS = """
select (%(answer)s::jsonb || jsonb_build_object('chunks', coalesce(jsonb_agg(jsonb_build_object(
    'chunkId', c.id, 'attemptToken', c.attempt_token, 'iterations', c.iterations, 'seedOffset', c.seed_offset,
    'configHash', c.config_hash, 'config', k.config,
    'rotation', case when r.id is not null then jsonb_build_object('id', r.id, 'script', r.script) end
  ) order by c.claimed_at, c.seed_offset), '[]')))::text as answer
from public.jobs_chunks c
join public.jobs_configs k on k.hash = c.config_hash
left join public.rotations r on r.id = case
  when k.config ->> 'rotationId' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  then (k.config ->> 'rotationId')::uuid
end
where c.node_id = %(node)s and c.status = 'running'
"""
# The node's id comes from its key and is put in last, so that no entry can speak for another node. Anybody can register
# a key; a node that has an owner can hold a chunk.
_COMPLETE = """
select o.outcome, o.reason, o.job_complete
from public.nodes n
cross join lateral public.complete_chunks(
  jsonb_build_array(%(entry)s::jsonb || jsonb_build_object('nodeId', n.id))) o
where n.public_key = %(key)s and n.user_id is not null
"""


def create_app(database: Database, scheduler: Scheduler) -> Starlette:
    """The application; while it lives, the scheduler runs."""
    api = NodeApi(database)

    async def ready(_: Request) -> Response:
        if scheduler.ready:
            return JSONResponse({"ready": True})
        return ApiError(503, "not_ready", "no assignment pass has succeeded yet on the present connection").response()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(scheduler.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await database.close()

    routes = [
        Route("/ready", ready),
        Route("/nodes/register", api.signed(api.register), methods=["POST"]),
        Route("/nodes/heartbeat", api.signed(api.heartbeat), methods=["POST"]),
        Route("/chunks/complete", api.signed(api.complete), methods=["POST"]),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=HANDLERS)
    # A redirect would be built from the Host header, which may hold anything.
    app.router.redirect_slashes = False
    return app


class NodeApi:
    """The calls of the nodes: each takes the verified public key and the fields of the body."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._verifier = Verifier()

    def signed(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that reads the body within its limit, verifies the signature, and only then looks inside."""

        async def endpoint(request: Request) -> Response:
            content = await body.read(request)
            key = self._verifier.verify(
                request.headers.items(), request.method, request.scope["path"], content, int(time.time())
            )
            return await handler(key, body.parse(content))

        return endpoint

    async def register(self, key: str, fields: body.Fields) -> Response:
        """Make the node known, or find it again; `{"id", "claimCode", "claimed"}`."""
        parameters = {
            "key": key,
            "hostname": body.text(fields, "hostname"),
            "total_cores": body.count(fields, "totalCores"),
            "enabled_cores": body.count(fields, "enabledCores"),
            "platform": body.text(fields, "platform"),
            "version": body.text(fields, "version"),
        }
        [row] = await self._database.rows(_REGISTER, parameters)
        return JSONResponse(row["answer"])

    async def heartbeat(self, key: str, fields: body.Fields) -> Response:
        """Note that the node lives, give it what it has room for, and tell it what it is to compute.

        The answer is `{"id", "name", "maxParallel", "status", "chunks"}`, each of the chunks with its config and
        rotation. Assigning here as well as in the scheduler spares a node that has just become free the wait for the
        scheduler's next look: no notification tells that there is room again.
        """
        parameters = {
            "key": key,
            "status": body.text(fields, "status", "online"),
            "running": body.uuids_or_none(fields, "running"),
        }
        [row] = await self._database.rows(_HEARTBEAT, parameters)
        node = row["answer"]["id"]
        if row["answer"]["status"] == "online":
            await self._database.rows(_ASSIGN, {"node": node})
        [row] = await self._database.rows(_CHUNKS, {"answer": body.dump(row["answer"]), "node": node})
        return Response(row["answer"], media_type="application/json")

    async def complete(self, key: str, fields: body.Fields) -> Response:
        """Hand in one chunk's result; `{"success", "jobComplete", "outcome"}`.

        A result that comes too late is no error: `success` is false and `outcome` is `superseded`.
        """
        token = body.uuid_or_none(fields, "attemptToken")
        entry = {
            "chunkId": body.uuid(fields, "chunkId"),
            "result": body.mapping(fields, "result"),
            **({"attemptToken": token} if token else {}),
        }
        rows = await self._database.rows(_COMPLETE, {"key": key, "entry": body.dump(entry)})
        if not rows:
            raise ApiError(404, "node_unknown", "no claimed node has this key", "register the node and claim it")
        outcome = rows[0]["outcome"]
        if outcome == "invalid":
            raise ApiError(400, "invalid_result", f"the result was refused: {rows[0]['reason']}")
        return JSONResponse(
            {
                "success": outcome in {"accepted", "already_done"},
                "jobComplete": bool(rows[0]["job_complete"]),
                "outcome": outcome,
            }
        )
