"""The sentinel's HTTP side: who may speak, and what is answered besides the nodes' own calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loop import __version__
from loop.sentinel.calls import WAITS, Calls, Handler
from loop.sentinel.database import Database
from loop.sentinel.errors import HANDLERS, ApiError
from loop.sentinel.long_poll import Waiting
from loop.sentinel.metrics import Census, Counts, Metrics
from loop.sentinel.nodes import NodeApi
from loop.sentinel.scheduler import Scheduler
from loop.sentinel.transition import Policy, Unsigned


class Application(NamedTuple):
    """The ASGI application; and what /status says, at once."""

    app: ASGIApp
    standing: Callable[[], dict[str, Any]]


def create_app(database: Database, waiting: Waiting, policy: Policy) -> Application:
    """What answers; while it lives, the scheduler runs."""
    metrics = Metrics()
    unsigned = Unsigned(policy)
    scheduler = Scheduler(database, waiting, metrics)
    census = Census(database)
    nodes = NodeApi(database, waiting, metrics, scheduler.refill)

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
    ]
    calls: dict[str, Handler] = {
        "/nodes/register": nodes.register,
        "/nodes/heartbeat": nodes.heartbeat,
        "/nodes/work": nodes.work,
        "/chunks/complete": nodes.complete,
        "/chunks/fail": nodes.fail,
    }
    # So that other methods are refused as everywhere.
    routes += [Route(path, _never, methods=["POST"]) for path in calls]
    pages = Starlette(routes=routes, lifespan=lifespan, exception_handlers=HANDLERS)
    # A redirect would be built from the Host header, which may hold anything.
    pages.router.redirect_slashes = False
    app = _Measured(Calls(pages, calls, unsigned, metrics), metrics=metrics, paths={route.path for route in routes})
    # For pages, which wait for no count.
    return Application(app, lambda: standing(census.known()))


async def _never(_: Request) -> Response:
    raise NotImplementedError


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
            waits = " (wait)" if scope.get(WAITS) else ""
            self._metrics.answered(route + waits, status, time.perf_counter() - began)
