"""The pages' HTTP side: static files for everybody, everything else for whoever has the token."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from loop.sentinel.database import Database
from loop.sentinel.errors import HANDLERS, ApiError
from loop.sentinel.operator import queries, rights, story
from loop.sentinel.operator.access import Access, GuardedPages, demand_own_page
from loop.sentinel.operator.actions import Actions
from loop.sentinel.operator.budget import Budget
from loop.sentinel.operator.overview import VIEWERS, Overview, TooManyViewersError

_STATIC = Path(__file__).with_name("static")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Pages of a list that can be turned to, and characters that can be searched for.
_PAGES = 200
_SEARCH = 100
# Connections of the pages' own.
CONNECTIONS = 2

Fields = dict[str, Any]


class OperatorApp:
    """The pages over a database of their own connections; `app` is the ASGI application.

    Args:
        database: what they read with, and change jobs with.
        token: what signs an operator in.
        standing: what the sentinel says of itself, as in /status.
    """

    def __init__(self, database: Database, token: str, standing: Callable[[], Fields]) -> None:
        self._database = database
        self._access = Access(token)
        self._budget = Budget(database)
        self._actions = Actions(database)
        self._overview = Overview(self._budget, standing, lambda: rights.find(database))
        self.app = Starlette(
            routes=[
                Route("/", self._index),
                Route("/api/sign-in", self._own_page(self._access.sign_in), methods=["POST"]),
                Route("/api/sign-out", self._own_page(self._access.sign_out), methods=["POST"]),
                Route("/api/events", self._signed_in(self._events)),
                Route("/api/overview", self._signed_in(self._now)),
                Route("/api/nodes", self._signed_in(self._nodes)),
                Route("/api/jobs", self._signed_in(self._jobs)),
                Route("/api/disputes", self._signed_in(self._disputes)),
                Route("/api/jobs/{id}", self._signed_in(self._story)),
                Route("/api/jobs/{id}/{what}", self._own_page(self._signed_in(self._change_job)), methods=["POST"]),
                Route("/api/owners/{id}/{what}", self._own_page(self._signed_in(self._block)), methods=["POST"]),
                Mount("/static", StaticFiles(directory=_STATIC)),
            ],
            lifespan=self._lifespan,
            exception_handlers=HANDLERS,
            middleware=[Middleware(GuardedPages)],
        )
        self.app.router.redirect_slashes = False

    def close(self) -> None:
        """Let the pages that are open go, so that the server can stop."""
        self._overview.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(self._overview.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._database.close()

    def _signed_in(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            self._access.demand(request)
            return await handler(request)

        return endpoint

    def _own_page(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            demand_own_page(request)
            return await handler(request)

        return endpoint

    async def _index(self, _: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    async def _events(self, _: Request) -> Response:
        events = self._overview.events()
        try:
            first = await anext(events)
        except (TooManyViewersError, StopAsyncIteration):
            raise ApiError(503, "too_many_pages", f"{VIEWERS} pages are open already", "Close one.") from None

        async def stream() -> AsyncIterator[str]:
            try:
                yield self._event(first)
                async for event in events:
                    yield self._event(event)
            finally:
                await events.aclose()  # type: ignore[attr-defined]

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    def _event(self, event: str) -> str:
        return event if event.startswith(":") else f"data: {_text(self._overview.now())}\n\n"

    async def _now(self, _: Request) -> Response:
        return _json(self._overview.now())

    async def _nodes(self, request: Request) -> Response:
        found = await self._rights()
        state = _one_of(request, "state", ("all", "online", "offline", "paused", "blocked", "unclaimed"))
        search = request.query_params.get("search", "").strip().replace("\0", "")[:_SEARCH]
        statement = queries.NODE_LIST_WITH_TRUST if found.trust else queries.NODE_LIST
        rows = await self._budget.rows(statement, {"state": state, "search": search, **_page(request)})
        return _list(rows, request, unseen=not found.trust)

    async def _jobs(self, request: Request) -> Response:
        state = _one_of(request, "state", ("failed", "open"))
        statement = queries.FAILED_JOBS if state == "failed" else queries.OPEN_JOBS
        return _list(await self._budget.rows(statement, {"ended": queries.ENDED, **_page(request)}), request)

    async def _disputes(self, request: Request) -> Response:
        state = _one_of(request, "state", ("open", "lost"))
        if not (await self._rights()).disputes:
            return _list([], request, unseen=True)
        return _list(await self._budget.rows(queries.DISPUTE_LIST, {"state": state, **_page(request)}), request)

    async def _story(self, request: Request) -> Response:
        job = {"job": _id(request)}
        rows = await self._budget.rows(queries.JOB, job)
        if not rows:
            raise ApiError(404, "job_not_found", "there is no such job", "It may have been deleted.")
        chunks = await self._budget.rows(queries.JOB_CHUNKS, {**job, "chunks": queries.CHUNKS})
        disputes = (await self._rights()).disputes
        checks = await self._budget.rows(queries.JOB_CHECKS, job) if disputes else []
        named = {*story.busiest(chunks), *(str(chunk["node"]) for chunk in chunks if chunk["error"] and chunk["node"])}
        names = await self._budget.rows(queries.NODE_NAMES, {"nodes": list(named)})
        told = story.tell(
            rows[0],
            chunks,
            {str(check["chunk_id"]): check for check in checks},
            {str(name["id"]): name["name"] for name in names},
        )
        return _json({**told, "unseen": not disputes, "capped": len(chunks) >= queries.CHUNKS})

    async def _change_job(self, request: Request) -> Response:
        what = request.path_params["what"]
        if what not in {"cancel", "retry"}:
            raise ApiError(404, "not_found", "a job can be cancelled or retried")
        return _json(await self._actions.change_job(what, _id(request)))

    async def _block(self, request: Request) -> Response:
        what = request.path_params["what"]
        if what not in {"block", "unblock"}:
            raise ApiError(404, "not_found", "an owner can be blocked or unblocked")
        await self._actions.block(_id(request), what == "block")
        return Response(status_code=204)

    async def _rights(self) -> rights.Rights:
        return self._overview.rights or await rights.find(self._database)


def _id(request: Request) -> str:
    value = str(request.path_params["id"]).lower()
    if not _UUID.fullmatch(value):
        raise ApiError(404, "not_found", "that is no id", "An id looks like 7f8c9a9e-5b1e-4f0e-9b7e-3a1d2c4b5a69.")
    return value


def _one_of(request: Request, name: str, values: tuple[str, ...]) -> str:
    value = request.query_params.get(name, values[0])
    if value not in values:
        raise ApiError(400, "bad_field", f"{name} must be one of {', '.join(values)}")
    return value


def _page_number(request: Request) -> int:
    value = request.query_params.get("page", "1")
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _PAGES):
        raise ApiError(
            400, "bad_field", f"page must be a number from 1 to {_PAGES}", "Search for what is further down."
        )
    return int(value)


def _page(request: Request) -> Fields:
    return {"page": queries.PAGE, "offset": (_page_number(request) - 1) * queries.PAGE}


def _list(rows: list[Fields], request: Request, *, unseen: bool = False) -> Response:
    total = rows[0].pop("total") if rows else 0
    for row in rows[1:]:
        del row["total"]
    page = _page_number(request)
    pages = min(-(-total // queries.PAGE), _PAGES)
    return _json({"rows": rows, "total": total, "page": page, "pages": pages, "unseen": unseen})


def _text(value: object) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _json(value: object) -> Response:
    return Response(_text(value), media_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, Decimal) else str(value)
