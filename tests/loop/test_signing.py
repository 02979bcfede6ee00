"""Signatures: what is accepted, and that everything else is refused in one way."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from loop import signing
from loop.signing import (
    SignatureError,
    claim_code,
    is_sound_key,
    is_unsigned,
    named_key,
    public_key_text,
    sign,
    verify,
)

NOW = 1_700_000_000
PATH = "/chunks/complete"
BODY = b'{"chunkId": "1"}'

# RFC 8032, section 7.1, test 1: a secret key and its public key.
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

# The points of order 1, 2, 4 and 8, each as it is written on the wire. (The curve's cofactor is 8: there are no more.)
_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL_ORDER = [
    bytes.fromhex(text)
    for text in (
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 32,
        "00" * 31 + "80",
        _ORDER_8,
        _ORDER_8[:-2] + "85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
]

Headers = list[tuple[str, str]]


def signed(now: int = NOW, key: Ed25519PrivateKey = KEY) -> dict[str, str]:
    return sign(key, "POST", PATH, BODY, now)


def accepted(headers: dict[str, str] | Headers, now: int = NOW) -> str:
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    return verify(pairs, "POST", PATH, BODY, now).key


def refused(headers: dict[str, str] | Headers, now: int = NOW) -> None:
    with pytest.raises(SignatureError):
        accepted(headers, now)


def test_a_signed_request_yields_its_key() -> None:
    assert accepted(signed()) == public_key_text(KEY) == base64.b64encode(PUBLIC).decode()


def test_the_signed_message_is_the_documented_one() -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    message = f"{NOW}\0POST\0{PATH}\0{digest}".encode()
    KEY.public_key().verify(base64.b64decode(signed()[signing.SIGNATURE_HEADER]), message)


def test_header_names_have_no_case() -> None:
    accepted([(name.lower(), value) for name, value in signed().items()])
    accepted([(name.upper(), value) for name, value in signed().items()])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", PATH, BODY),
        ("POST", "/nodes/heartbeat", BODY),
        ("POST", PATH + "/", BODY),
        ("POST", PATH, BODY + b" "),
        ("POST", PATH, b""),
    ],
)
def test_another_method_path_or_body_is_refused(method: str, path: str, body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(signed().items(), method, path, body, NOW)


def test_another_timestamp_is_refused() -> None:
    refused(signed() | {signing.TIMESTAMP_HEADER: str(NOW + 1)})


def test_another_key_is_refused() -> None:
    refused(signed() | {signing.KEY_HEADER: public_key_text(Ed25519PrivateKey.generate())})


def test_every_flipped_bit_of_the_signature_is_refused() -> None:
    signature = base64.b64decode(signed()[signing.SIGNATURE_HEADER])
    for bit in range(len(signature) * 8):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        refused(signed() | {signing.SIGNATURE_HEADER: base64.b64encode(flipped).decode()})


@pytest.mark.parametrize(("skew", "fine"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_timestamp_may_be_five_minutes_off(skew: int, fine: bool) -> None:
    if fine:
        accepted(signed(NOW + skew))
    else:
        refused(signed(NOW + skew))


@pytest.mark.parametrize("name", [signing.KEY_HEADER, signing.SIGNATURE_HEADER, signing.TIMESTAMP_HEADER])
def test_a_missing_doubled_or_padded_header_is_refused(name: str) -> None:
    headers = signed()
    refused([pair for pair in headers.items() if pair[0] != name])
    refused([*headers.items(), (name.lower(), headers[name])])
    for value in ("", " " + headers[name], headers[name] + " ", headers[name] + "\n", headers[name] * 2):
        refused(headers | {name: value})


@pytest.mark.parametrize(
    "spelling",
    [
        "1_700_000_000",
        "+1700000000",
        "01700000000",
        "1700000000.0",
        "1.7e9",
        "".join(chr(0xFF10 + int(digit)) for digit in str(NOW)),  # full-width digits, which int() takes
        "-1700000000",
        "0x6553f100",
        "9" * 5000,
    ],
)
def test_a_timestamp_has_one_spelling(spelling: str) -> None:
    # Signed as written, so that nothing but the spelling speaks against it.
    signature = KEY.sign(signing._message(spelling, "POST", PATH, BODY))
    refused(
        signed()
        | {
            signing.TIMESTAMP_HEADER: spelling,
            signing.SIGNATURE_HEADER: base64.b64encode(signature).decode(),
        }
    )


def test_base64_has_one_spelling() -> None:
    headers = signed()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for name, padding in ((signing.KEY_HEADER, "="), (signing.SIGNATURE_HEADER, "==")):
        bare = headers[name].rstrip("=")
        # The next letter differs in a bit that no byte uses: a lenient decoder finds the same bytes in it.
        twin = bare[:-1] + letters[letters.index(bare[-1]) + 1] + padding
        assert base64.b64decode(twin) == base64.b64decode(headers[name])
        refused(headers | {name: twin})
        refused(headers | {name: bare})
        refused(headers | {name: bare.replace("+", "-").replace("/", "_") + "-" + padding})


@pytest.mark.parametrize("key", SMALL_ORDER, ids=lambda key: key.hex()[:8])
def test_a_key_of_small_order_is_refused(key: bytes) -> None:
    assert not is_sound_key(key)
    # R = identity, S = 0: with the identity as key this fits every message.
    forged = b"\x01" + bytes(63)
    headers = signed() | {
        signing.KEY_HEADER: base64.b64encode(key).decode(),
        signing.SIGNATURE_HEADER: base64.b64encode(forged).decode(),
    }
    refused(headers)


def test_the_library_alone_would_accept_a_forgery() -> None:
    """The reason for the check above; when this fails, the library has learned it too."""
    identity = Ed25519PublicKey.from_public_bytes(SMALL_ORDER[0])
    identity.verify(b"\x01" + bytes(63), b"anything at all")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(b"\x01" + bytes(63), b"anything at all")


def test_a_coordinate_not_below_the_prime_is_refused() -> None:
    for y in range(2**255 - 19, 2**255):
        assert not is_sound_key(y.to_bytes(32, "little"))
        assert not is_sound_key((y | 2**255).to_bytes(32, "little"))


def test_generated_keys_are_sound() -> None:
    assert all(is_sound_key(Ed25519PrivateKey.generate().public_key().public_bytes_raw()) for _ in range(200))


# The vectors that a verifier may take or refuse: keys of small order are refused here before anything else, and of keys
# of mixed order OpenSSL takes those signatures that hold without the cofactor.
VECTORS = json.loads((Path(__file__).parent / "wycheproof_ed25519.json").read_text())["tests"]


def takes(vector: dict[str, Any]) -> bool:
    """Does the verifier take the vector's signature, with the vector's message in the place of ours?"""
    key, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"])
    headers = signed() | {
        signing.KEY_HEADER: base64.b64encode(key).decode(),
        signing.SIGNATURE_HEADER: base64.b64encode(signature).decode(),
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signing, "_message", lambda *_: bytes.fromhex(vector["msg"]))
            accepted(headers)
    except SignatureError:
        return False
    return True


def test_wycheproof() -> None:
    wrong = [v["id"] for v in VECTORS if v["result"] != "acceptable" and takes(v) != (v["result"] == "valid")]
    assert not wrong
    assert len(VECTORS) == 210
    assert not any(takes(v) for v in VECTORS if "SmallOrderPublicKey" in v["flags"])


def test_a_request_sent_again_has_the_same_mark_and_another_one_does_not() -> None:
    first = verify(signed().items(), "POST", PATH, BODY, NOW)
    assert verify(signed().items(), "POST", PATH, BODY, NOW + 10) == first
    assert first.until == NOW + 300
    later = verify(signed(NOW + 1).items(), "POST", PATH, BODY, NOW)
    other = verify(sign(KEY, "POST", PATH, b"{}", NOW).items(), "POST", PATH, b"{}", NOW)
    assert len({first.mark, later.mark, other.mark}) == 3


def test_only_a_request_that_claims_nothing_is_unsigned() -> None:
    headers = signed()
    assert is_unsigned([])
    assert is_unsigned([(signing.KEY_HEADER, headers[signing.KEY_HEADER])])
    assert not is_unsigned([("x-node-sig", "")])
    assert not is_unsigned([("X-NODE-TS", "1")])


def test_the_key_that_an_unsigned_request_names() -> None:
    key = signed()[signing.KEY_HEADER]
    assert named_key([]) is None
    assert named_key([("x-node-key", key)]) == key
    identity = base64.b64encode(SMALL_ORDER[0]).decode()
    for wrong in ([("X-Node-Key", "x")], [("X-Node-Key", key), ("x-node-key", key)], [("X-Node-Key", identity)]):
        with pytest.raises(SignatureError):
            named_key(wrong)


def test_the_claim_code_of_a_known_key() -> None:
    number = int(hashlib.sha256(PUBLIC).hexdigest()[:8], 16)
    bits = f"{number:032b}"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    assert claim_code(PUBLIC) == "".join(letters[int(bits[i : i + 5], 2)] for i in range(0, 30, 5))
    assert len(claim_code(PUBLIC)) == 6
