"""Ed25519 signatures on the requests from node to sentinel, and the claim code that a node shows its owner.

Three headers carry a signature: `X-Node-Key`, the base64 public key (32 bytes), `X-Node-Sig`, the base64 signature
(64 bytes), and `X-Node-Ts`, the time in whole Unix seconds. Signed are the timestamp, the upper-case method, the path
and the lower-case hex SHA-256 of the body, joined by NUL bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.errors import LoopError

KEY_HEADER = "X-Node-Key"
SIGNATURE_HEADER = "X-Node-Sig"
TIMESTAMP_HEADER = "X-Node-Ts"

# Seconds that a timestamp may lie before or after the verifier's clock.
WINDOW = 300

_KEY_FORM = re.compile(r"[A-Za-z0-9+/]{43}=")
_SIGNATURE_FORM = re.compile(r"[A-Za-z0-9+/]{86}==")
_TIMESTAMP_FORM = re.compile(r"0|[1-9][0-9]{0,10}")

# The field of curve 25519 and the curve constant of Ed25519 (RFC 8032, section 5.1).
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


class SignatureError(LoopError):
    """A request's signature is refused; the message is for the verifier's log, never for whoever sent it."""

    code = "signature_refused"


class Signed(NamedTuple):
    """Who signed a request.

    Attributes:
        key: the base64 public key.
        mark: 32 bytes that stand for this key and signature, the same whenever the request is sent again.
        until: the last Unix second at which the timestamp is accepted.
    """

    key: str
    mark: bytes
    until: int


def public_key_text(key: Ed25519PrivateKey) -> str:
    """The base64 text under which a node's key is known."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(key: Ed25519PrivateKey, method: str, path: str, body: bytes, now: int) -> dict[str, str]:
    """The three headers for one request; `now` is in Unix seconds.

    Ed25519 is deterministic: two requests equal in every part, time included, get one signature, and a verifier cannot
    tell the second one from a replay.
    """
    signature = key.sign(_message(str(now), method, path, body))
    return {
        KEY_HEADER: public_key_text(key),
        SIGNATURE_HEADER: base64.b64encode(signature).decode(),
        TIMESTAMP_HEADER: str(now),
    }


def is_unsigned(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a request does not even claim to be signed: it has neither a signature nor a timestamp."""
    return not {name.lower() for name, _ in headers} & {SIGNATURE_HEADER.lower(), TIMESTAMP_HEADER.lower()}


def named_key(headers: Iterable[tuple[str, str]]) -> str | None:
    """The key that an unsigned request names, believed or not; None if it names none.

    Raises:
        SignatureError: what it names is no key, or more than one.
    """
    given = _by_name(headers)
    if KEY_HEADER.lower() not in given:
        return None
    return _key(given)[0]


def verify(headers: Iterable[tuple[str, str]], method: str, path: str, body: bytes, now: int) -> Signed:
    """Who signed this request.

    Args:
        headers: every header as it came, duplicates included.
        method: the request's method.
        path: the request's path, without a query.
        body: the request's body.
        now: the verifier's clock, in Unix seconds.

    Raises:
        SignatureError: the signature is missing, malformed, wrong, too old or too new.
    """
    given = _by_name(headers)
    key_text, key = _key(given)
    signature = _decode(_one(given, SIGNATURE_HEADER, _SIGNATURE_FORM))
    timestamp = _one(given, TIMESTAMP_HEADER, _TIMESTAMP_FORM)
    if abs(int(timestamp) - now) > WINDOW:
        raise SignatureError(f"timestamp {timestamp} is more than {WINDOW} seconds away from {now}")
    # libsodium takes half of OpenSSL's time for it, which is most of what a call costs a sentinel. Nodes only sign.
    from nacl.bindings import crypto_sign_open  # noqa: PLC0415
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415

    try:
        crypto_sign_open(signature + _message(timestamp, method, path, body), key)
    except (BadSignatureError, ValueError):
        raise SignatureError("the signature does not belong to this request") from None
    return Signed(key_text, hashlib.sha256(key + signature).digest(), int(timestamp) + WINDOW)


def is_sound_key(key: bytes) -> bool:
    """Whether 32 bytes may serve as a public key: False for small order and for a coordinate not below the prime.

    With a point of small order as key, one signature fits every message, or one in a few: whoever names such a key
    signs without any secret. OpenSSL lets these keys pass; libsodium does not, but here nothing rests on that. Of the
    curve -x² + y² = 1 + d·x²·y², the orders 1 and 2 are y = 1 and y = -1, order 4 is y = 0, and order 8 is every point
    whose double has y = 0: by the doubling formula x² = -y², which put into the curve leaves d·y⁴ + 2y² - 1 = 0.
    """
    y = int.from_bytes(key, "little") & (2**255 - 1)  # the topmost bit is the sign of x
    square = y * y % _P
    return y < _P and y * (square - 1) * (_D * square * square + 2 * square - 1) % _P != 0


def claim_code(public_key: bytes) -> str:
    """The six letters by which an owner claims the node with this public key (32 bytes)."""
    number = int.from_bytes(hashlib.sha256(public_key).digest()[:4], "big")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(alphabet[number >> shift & 31] for shift in (27, 22, 17, 12, 7, 2))


def _message(timestamp: str, method: str, path: str, body: bytes) -> bytes:
    parts = (timestamp, method.upper(), path, hashlib.sha256(body).hexdigest())
    return b"\0".join(part.encode() for part in parts)


def _by_name(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value)
    return given


def _key(given: dict[str, list[str]]) -> tuple[str, bytes]:
    text = _one(given, KEY_HEADER, _KEY_FORM)
    return text, _sound_key(text)


# A node has one key for all its calls.
@lru_cache(maxsize=16_384)
def _sound_key(text: str) -> bytes:
    key = _decode(text)
    if not is_sound_key(key):
        raise SignatureError("the public key is a point of small order, or written in a second spelling")
    return key


def _one(given: dict[str, list[str]], name: str, form: re.Pattern[str]) -> str:
    values = given.get(name.lower(), [])
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise SignatureError(f"{name} is missing, malformed, or there more than once")
    return values[0]


def _decode(text: str) -> bytes:
    decoded = base64.b64decode(text, validate=True)
    # The last letter holds bits that no byte uses: several texts stand for the same bytes, and one of them is right.
    if base64.b64encode(decoded).decode() != text:
        raise SignatureError("base64 in a second spelling")
    return decoded
