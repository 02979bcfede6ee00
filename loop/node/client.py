"""A node's calls: signed ones to the sentinel, and with the anon key to PostgREST."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.errors import ConfigError, LoopError
from loop.signing import sign

T = TypeVar("T", dict[str, Any], list[Any])


class RefusedError(LoopError):
    """The sentinel says no, and will say so again: `status` and `code` tell why."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class UnreachableError(LoopError):
    """The sentinel cannot answer now; the same call may succeed later."""

    code = "sentinel_unreachable"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)


class SentinelClient:
    """Signed POST calls to one of several sentinels; use it in an `async with` block.

    The signature covers the route's own path, so a proxy may serve the sentinel under a prefix that it takes off.

    Args:
        urls: the sentinels' base URLs; when one does not answer, the next call goes to the next one.
        key: the node's private key.
    """

    def __init__(self, urls: Sequence[str], key: Ed25519PrivateKey) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._key = key
        self._http = httpx.AsyncClient()

    @property
    def url(self) -> str:
        """The sentinel that the next call goes to."""
        return self._urls[0]

    async def __aenter__(self) -> SentinelClient:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The sentinel's answer to a signed call; with a field `wait` (seconds) it may take as much longer.

        Raises:
            RefusedError: it says no (4xx).
            UnreachableError: no answer, one that makes no sense, or one that means "later".
            ValueError: `fields` cannot be written as JSON.
        """
        # Two equal requests in the same second have the same signature: the second would get the answer of the first.
        body = json.dumps({**fields, "nonce": secrets.token_hex(8)}, allow_nan=False).encode()
        headers = {"Content-Type": "application/json", **sign(self._key, "POST", path, body, int(time.time()))}
        timeout = httpx.Timeout(15.0 + float(fields.get("wait", 0)), connect=5.0)
        url = self.url
        try:
            response = await self._http.post(url + path, content=body, headers=headers, timeout=timeout)
            return answer_of(url, response, dict)
        except httpx.HTTPError as error:
            self._turn(url)
            raise UnreachableError(f"no answer from {url}: {error or type(error).__name__}") from error
        except UnreachableError:
            self._turn(url)
            raise

    def _turn(self, url: str) -> None:
        # Others that failed at the same time may have turned already.
        if self._urls[0] == url:
            self._urls.append(self._urls.pop(0))


class ApiClient:
    """Where a node fetches what its chunks are computed from, with the anon key; use it in an `async with` block."""

    def __init__(self, url: str, anon_key: str) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            timeout=15.0, headers={"apikey": anon_key, "Authorization": f"Bearer {anon_key}"}
        )

    async def __aenter__(self) -> ApiClient:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def config(self, chunk_id: str, token: str) -> dict[str, Any]:
        """The config of a chunk that this node holds, with its rotation under the key `rotation`.

        Args:
            chunk_id: the chunk.
            token: its attempt's, which proves that the node holds it.

        Raises:
            RefusedError: no such attempt is running.
            UnreachableError: no answer, or one that means "later".
        """
        parameters = {"p_chunk_id": chunk_id, "p_attempt_token": token}
        try:
            response = await self._http.post(f"{self._url}/rest/v1/rpc/attempt_inputs", json=parameters)
        except httpx.HTTPError as error:
            raise UnreachableError(f"no answer from {self._url}: {error or type(error).__name__}") from error
        found = answer_of(self._url, response, dict)
        config = dict(found["config"])
        return config | ({"rotation": found["rotation"]} if found.get("rotation") else {})


def check_url(url: str, what: str, example: str) -> None:
    """See that it may be a URL.

    Raises:
        ConfigError: it is none.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"{url!r} is no address of a {what}", hint=f"it looks like {example}")


def answer_of(url: str, response: httpx.Response, kind: type[T]) -> T:
    """What a JSON API answered, of the kind that is expected.

    Raises:
        RefusedError: it says no (4xx).
        UnreachableError: the answer makes no sense, or means "later".
    """
    try:
        answer = response.json()
    except ValueError as error:
        raise UnreachableError(f"{url} gave no JSON", "is this the right address?") from error
    if response.is_success and isinstance(answer, kind):
        return answer
    if response.is_success or not isinstance(answer, dict):
        raise UnreachableError(f"{url} gave another answer than was expected", "is this the right address?")
    status, message, hint = response.status_code, str(answer.get("message") or ""), str(answer.get("hint") or "")
    # A signature is refused for a wrong clock above all, and clocks are put right.
    if status in {401, 408, 429} or status >= 500:
        raise UnreachableError(f"{url} answered {status}: {message}", hint)
    raise RefusedError(status, str(answer.get("code") or ""), message, hint)
