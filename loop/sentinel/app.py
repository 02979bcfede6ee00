"""The sentinel's HTTP side: who may speak, and what is answered besides the nodes' own calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loop import __version__
from loop.sentinel import body
from loop.sentinel.database import Database
from loop.sentinel.errors import HANDLERS, ApiError
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Census, Counts, Metrics
from loop.sentinel.nodes import ADDRESS, NodeApi
from loop.sentinel.replay_guard import Replies
from loop.sentinel.scheduler import Scheduler
from loop.sentinel.transition import Policy, Unsigned
from loop.signing import is_unsigned, named_key, verify

Handler = Callable[[str | None, body.Fields], Awaitable[Response]]

# In a request's scope: it is a heartbeat that may wait for work.
_WAITS = "loop.waits"


def create_app(database: Database, waiting: Waiting, policy: Policy) -> Starlette:
    """The application; while it lives, the scheduler runs. `app.state.standing` is what /status says, at once."""
    metrics = Metrics()
    unsigned = Unsigned(policy)
    replies = Replies()
    scheduler = Scheduler(database, waiting, metrics)
    census = Census(database)
    nodes = NodeApi(database, waiting, metrics)

    def call(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Read the body within its limits, see who speaks, and only then look inside."""

        async def endpoint(request: Request) -> Response:
            content = await body.read(request)
            headers, now = request.headers.items(), int(time.time())
            ADDRESS.set(request.client and request.client.host)

            async def answer(key: str | None) -> Response:
                fields = body.parse(content)
                request.scope[_WAITS] = bool(fields.get("wait"))
                return await handler(key, fields)

            if is_unsigned(headers):
                metrics.unsigned()
                key = named_key(headers)
                unsigned.admit(key, request.scope["path"])
                return await answer(key)
            signed = verify(headers, request.method, request.scope["path"], content, now)
            return await replies.once(signed, now, lambda: answer(signed.key))

        return endpoint

    async def ready(_: Request) -> Response:
        if not (reasons := scheduler.reasons):
            return JSONResponse({"ready": True})
        return ApiError(503, "not_ready", "; ".join(reasons)).response()

    def standing(counts: Counts | None) -> dict[str, Any]:
        last, leadership, reasons = scheduler.last_pass, scheduler.leadership, scheduler.reasons
        return {
            "version": __version__,
            "ready": not reasons,
            "reasons": reasons,
            "name": leadership.name,
            "leader": leadership.leading,
            "term": leadership.term,
            "ledBy": None if leadership.vacant else leadership.holder,
            "counts": counts,
            "lastPass": last and {"at": last.at, "seconds": last.seconds, "assigned": last.assigned},
            "missingTriggers": scheduler.missing,
            "waitingNodes": len(waiting),
            "unsigned": unsigned.as_dict(),
        }

    async def status(_: Request) -> Response:
        return JSONResponse(standing(await census.counts()))

    async def measures(_: Request) -> Response:
        text = metrics.text(await census.counts(), leader=scheduler.leadership.leading)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

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
        Route("/status", status),
        Route("/metrics", measures),
        Route("/nodes/register", call(nodes.register), methods=["POST"]),
        Route("/nodes/heartbeat", call(nodes.heartbeat), methods=["POST"]),
        Route("/nodes/work", call(nodes.work), methods=["POST"]),
        Route("/chunks/complete", call(nodes.complete), methods=["POST"]),
        Route("/chunks/fail", call(nodes.fail), methods=["POST"]),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        middleware=[Middleware(_Measured, metrics=metrics, paths={route.path for route in routes})],
    )
    # A redirect would be built from the Host header, which may hold anything.
    app.router.redirect_slashes = False
    # For pages, which wait for no count.
    app.state.standing = lambda: standing(census.known())
    return app


class _Measured:
    """Notes each request's route, status and duration; what waits for work by its own nature counts by itself."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, paths: set[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = scope["path"] if scope["path"] in self._paths else "other"
            waits = " (wait)" if scope.get(_WAITS) else ""
            self._metrics.answered(route + waits, status, time.perf_counter() - began)
