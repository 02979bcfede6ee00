"""Reading what a node sent: bounded, strict JSON, and one typed field at a time."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from loop.sentinel.errors import ApiError
from loop.strict_json import finite, no_key_twice, no_number

# Bytes of a request. The longest real one is a heartbeat of a node that holds 4,096 chunks, the most that one may, and
# names each by its id and its token: about 330 kB.
LIMIT = 524_288
# Seconds for which a request may take to arrive.
SECONDS = 20.0

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_INT4 = 2**31 - 1
_WRITER = json.JSONEncoder(allow_nan=False)

Fields = dict[str, Any]


async def read(receive: Receive) -> bytes:
    """The body of a request.

    Raises:
        ApiError: 413, it has more than `LIMIT` bytes; what is over the limit is neither kept nor hashed. 408, it did
            not come within `SECONDS`.
        ClientDisconnect: whoever sends it has gone.
    """
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > LIMIT:
                    raise ApiError(413, "body_too_large", f"the body has more than {LIMIT} bytes")
    except TimeoutError:
        raise ApiError(408, "body_too_slow", f"the body took more than {SECONDS:.0f} seconds") from None
    return bytes(body)


def parse(body: bytes) -> Fields:
    """The JSON object in a body.

    Raises:
        ApiError: 400, it is no JSON object, or one that two readers would understand differently: a key twice, NaN,
            a number out of range.
    """
    try:
        value = json.loads(body.decode(), object_pairs_hook=no_key_twice, parse_constant=no_number, parse_float=finite)
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_json", "the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise ApiError(400, "bad_json", "the body is not a JSON object")
    return value


def dump(fields: Fields) -> str:
    """JSON text of what was parsed.

    Raises:
        ApiError: 400, it is nested too deeply; writing gives up a little earlier than reading does.
    """
    try:
        return _WRITER.encode(fields)
    except RecursionError:
        raise ApiError(400, "bad_json", "the body is nested too deeply") from None


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """A field with 1 to 255 printable characters."""
    value = fields.get(name, default)
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():
        _bad(name, "a text of 1 to 255 printable characters")
    return value


def count(fields: Fields, name: str) -> int:
    """A field with a whole number above zero."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _INT4:
        _bad(name, "a whole number above zero")
    return value


def uuid(fields: Fields, name: str) -> str:
    """A field with a UUID in its usual form."""
    value = fields.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        _bad(name, "a UUID")
    return value


def uuid_or_none(fields: Fields, name: str) -> str | None:
    """As `uuid`, but the field may be missing or null."""
    return None if fields.get(name) is None else uuid(fields, name)


def uuids_or_none(fields: Fields, name: str) -> list[str] | None:
    """A field with a list of UUIDs; it may be missing or null."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and _UUID.fullmatch(one) for one in value):
        _bad(name, "a list of UUIDs")
    return value


def hashes_or_none(fields: Fields, name: str) -> list[str] | None:
    """A field with a list of SHA-256 in lower-case hex; it may be missing or null."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in value):
        _bad(name, "a list of SHA-256 hashes, in lower-case hex")
    return value


def seconds(fields: Fields, name: str) -> float:
    """A field with a number of seconds, zero or more; 0 where it is missing."""
    value = fields.get(name, 0)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
        _bad(name, "a number of seconds, zero or more")
    return float(min(value, 1_000_000))


def flag(fields: Fields, name: str, default: bool) -> bool:
    """A field with true or false."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        _bad(name, "true or false")
    return value


def words(fields: Fields, name: str) -> str:
    """A field with a text of any kind; what Postgres cannot store in it becomes a question mark."""
    value = fields.get(name)
    if not isinstance(value, str):
        _bad(name, "a text")
    return value.replace("\0", "?").encode(errors="replace").decode()


def mapping(fields: Fields, name: str) -> Fields:
    """A field with an object."""
    value = fields.get(name)
    if not isinstance(value, dict):
        _bad(name, "an object")
    return value


def objects(fields: Fields, name: str) -> list[Fields]:
    """A field with a list of objects; none where it is missing or null."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        _bad(name, "a list of objects")
    return value


def _bad(name: str, expected: str) -> NoReturn:
    raise ApiError(400, "bad_field", f"{name} must be {expected}")
