"""Who may see the operator's pages: whoever has the token, as a header, or once, for a cookie."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loop.sentinel import body
from loop.sentinel.errors import ApiError

# Characters that the token has at least: then nobody guesses it, and guesses need no counting.
TOKEN_LENGTH = 20
# Seconds for which a browser stays signed in.
SESSION = 12 * 3600
_COOKIE = "loop_operator"
_WRONG_TOKEN_PAUSE = 0.5

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Access:
    """Checks requests against the token. The cookie is signed with it, so a new token ends every session."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def demand(self, request: HTTPConnection) -> None:
        """Let a request pass.

        Raises:
            ApiError: 401, it shows neither the token nor a cookie that is still good.
        """
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), self._token):
            return
        until, _, mark = request.cookies.get(_COOKIE, "").partition(".")
        # Compared as bytes: a cookie may hold any characters.
        if until.isascii() and until.isdigit() and hmac.compare_digest(mark.encode(), self._mark(until).encode()):
            if int(until) > time.time():
                return
            raise ApiError(401, "session_over", "you were signed in for long enough", "Sign in again.")
        raise ApiError(401, "not_signed_in", "the operator's token is needed", "Sign in.")

    async def sign_in(self, request: Request) -> Response:
        """A cookie for the token."""
        fields = body.parse(await body.read(request.receive))
        if not hmac.compare_digest(body.words(fields, "token").strip().encode(), self._token):
            await asyncio.sleep(_WRONG_TOKEN_PAUSE)
            raise ApiError(
                401, "token_wrong", "that is not the token", "It is what LOOP_OPERATOR_TOKEN was at the start."
            )
        until = str(int(time.time()) + SESSION)
        answer = Response(status_code=204)
        answer.set_cookie(
            _COOKIE,
            f"{until}.{self._mark(until)}",
            max_age=SESSION,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def sign_out(self, _: Request) -> Response:
        """No cookie."""
        answer = Response(status_code=204)
        answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")
        return answer

    def _mark(self, until: str) -> str:
        return hmac.new(self._token, b"operator until " + until.encode(), hashlib.sha256).hexdigest()


def demand_own_page(request: Request) -> None:
    """Refuse a change that another site's page has sent.

    Raises:
        ApiError: 403, the browser says that it comes from elsewhere, or it is a form's.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if site not in {"same-origin", "none"} or kind != "application/json":
        raise ApiError(403, "not_from_here", "changes are made from the operator's own page", "Send JSON.")


class GuardedPages:
    """Puts on every answer what tells the browser to load, run and show nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        await self._app(scope, receive, guarded)
