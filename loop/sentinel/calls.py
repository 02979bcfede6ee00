"""The nodes' calls as ASGI: who speaks, before anything is looked at; and nothing between the server and the answer.

What else a sentinel answers goes through Starlette, whose routing and middleware would cost each heartbeat more than
looking it up.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from loop.sentinel import body
from loop.sentinel.errors import answer_to
from loop.sentinel.metrics import Metrics
from loop.sentinel.nodes import ADDRESS
from loop.sentinel.replay_guard import Replies
from loop.sentinel.transition import Unsigned
from loop.signing import is_unsigned, named_key, verify

Handler = Callable[[str | None, body.Fields], Awaitable[Response]]

# In a request's scope: it is a call that may wait for work.
WAITS = "loop.waits"


class Calls:
    """The nodes' calls in front of another application, which gets everything else.

    Args:
        app: the other application.
        handlers: the calls, by path; all of them are POST.
        unsigned: what becomes of requests without a signature.
        metrics: where those are counted.
    """

    def __init__(self, app: ASGIApp, handlers: Mapping[str, Handler], unsigned: Unsigned, metrics: Metrics) -> None:
        self._app = app
        self._handlers = handlers
        self._unsigned = unsigned
        self._metrics = metrics
        self._replies = Replies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        handler = self._handlers.get(scope["path"]) if scope["type"] == "http" else None
        if handler is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            response = await self._answer(handler, scope, receive)
        except Exception as error:  # each has an answer
            response = answer_to(error, scope["path"])
        await response(scope, receive, send)

    async def _answer(self, handler: Handler, scope: Scope, receive: Receive) -> Response:
        """Read the body within its limits, see who speaks, and only then look inside."""
        content = await body.read(receive)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        now = int(time.time())
        ADDRESS.set(scope["client"] and scope["client"][0])

        async def answer(key: str | None) -> Response:
            fields = body.parse(content)
            scope[WAITS] = bool(fields.get("wait"))
            return await handler(key, fields)

        if is_unsigned(headers):
            self._metrics.unsigned()
            key = named_key(headers)
            self._unsigned.admit(key, scope["path"])
            return await answer(key)
        signed = verify(headers, scope["method"], scope["path"], content, now)
        return await self._replies.once(signed, now, lambda: answer(signed.key))
