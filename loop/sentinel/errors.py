"""Every refusal as JSON: `{"code", "message", "hint"?}`, with the status that PostgREST would give where it has one."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from loop.errors import LoopError
from loop.signing import SignatureError

log = logging.getLogger(__name__)


class ApiError(Exception):
    """A request that is refused: HTTP status, stable code, message for people, what to do about it, and headers."""

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.headers = headers or ({"Retry-After": "1"} if status == 503 else {})

    def response(self) -> JSONResponse:
        """The answer that says so."""
        body = {"code": self.code, "message": self.message} | ({"hint": self.hint} if self.hint else {})
        return JSONResponse(body, self.status, self.headers)


UNAVAILABLE = ApiError(503, "database_unavailable", "the database does not answer at the moment", "try again")
# A new sentinel is deployed before the database is upgraded, since that waits for one that leads.
BEHIND = ApiError(503, "database_behind", "the database is about to be upgraded", "try again")
# One answer for every reason: which of them it was is nobody's business but ours.
UNSIGNED = ApiError(
    401,
    "signature_refused",
    "the request's signature was refused",
    "sign timestamp, method, path and body hash with the key in X-Node-Key, and check the clock",
)
_INTERNAL = ApiError(500, "internal", "the sentinel could not answer; its log says why")


def from_database(error: psycopg.Error) -> ApiError:
    """What the database's refusal is in HTTP."""
    state = error.sqlstate or ""
    message, detail, hint = error.diag.message_primary or "", error.diag.message_detail, error.diag.message_hint or ""
    if state.startswith("PT") and state[2:].isdigit() and 400 <= int(state[2:]) <= 599:
        return ApiError(int(state[2:]), detail or state, message, hint)
    if state == "PGRST":
        # As PostgREST reads it: the answer in the message, status and headers in the detail (private.refuse_for).
        said, how = json.loads(message), json.loads(detail or "{}")
        return ApiError(how["status"], said["details"], said["message"], said["hint"], how["headers"])
    # Bad values, broken constraints, limits exceeded: the request's fault; so is what a function raises without a code.
    if state[:2] in {"22", "23", "54"} or state == "P0001":
        return ApiError(409 if state in {"23503", "23505"} else 400, state, message, hint)
    # Lost, overloaded, shutting down, read-only, interrupted, beaten by another transaction: it may succeed later.
    if state == "25006" or (
        state[:2] in {"", "08", "40", "53", "55", "57"} and isinstance(error, psycopg.OperationalError)
    ):
        log.warning("database: %s", str(error).strip())
        return UNAVAILABLE
    if is_behind(error):
        log.warning("database: %s", message)
        return BEHIND
    log.error("unexpected answer of the database", exc_info=error)
    return _INTERNAL


def is_behind(error: psycopg.Error) -> bool:
    """Whether the database lacks a function that the sentinel calls itself, because it is yet to be upgraded.

    What a function of the database's own calls in vain is no such thing, and its error has a context.
    """
    return isinstance(error, psycopg.errors.UndefinedFunction) and error.diag.context is None


def said(error: BaseException) -> str:
    """What went wrong, in words that may be shown to anybody: without the database's host and user."""
    if isinstance(error, psycopg.Error):
        return error.diag.message_primary or "the database cannot be reached"
    if isinstance(error, TimeoutError):
        return "the database does not answer"
    return str(error) if isinstance(error, LoopError) else type(error).__name__


def answer_to(error: Exception, path: str) -> Response:
    """What is answered where a call to `path` ended in this error."""
    match error:
        case ApiError():
            return error.response()
        case psycopg.Error():
            return from_database(error).response()
        case TimeoutError():
            return UNAVAILABLE.response()
        case SignatureError():
            log.info("%s refused: %s", path, error)
            return UNSIGNED.response()
        case ClientDisconnect():
            return Response(status_code=400)  # nobody is there to read it
        case _:
            log.error("%s failed", path, exc_info=error)
            return _INTERNAL.response()


async def _expected(request: Request, error: Exception) -> Response:
    return answer_to(error, request.scope["path"])


async def _http_error(_: Request, error: HTTPException) -> Response:
    code = error.detail.lower().replace(" ", "_")
    response = ApiError(error.status_code, code, error.detail.lower()).response()
    response.headers.update(error.headers or {})
    return response


async def _unexpected(_: Request, __: Exception) -> Response:
    return _INTERNAL.response()  # the server logs the traceback


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    **dict.fromkeys((ApiError, psycopg.Error, TimeoutError, SignatureError, ClientDisconnect), _expected),
    HTTPException: _http_error,
    Exception: _unexpected,
}
