"""A node's identity, kept in a file, and its signed calls to the sentinel."""

from __future__ import annotations

import base64
import configparser
import json
import os
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dbtools.errors import ConfigError, DbtoolsError
from dbtools.signing import sign

_SECTION, _OPTION = "identity", "private_key"


class RefusedError(DbtoolsError):
    """The sentinel says no, and will say so again: `status` and `code` tell why."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class UnreachableError(DbtoolsError):
    """The sentinel cannot answer now; the same call may succeed later."""

    code = "sentinel_unreachable"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)


@dataclass(frozen=True)
class NodeKey:
    """The key pair that a node is known by."""

    private: Ed25519PrivateKey

    @classmethod
    def load_or_make(cls, path: Path) -> NodeKey:
        """The key in an INI file, `private_key` under `[identity]`: base64 of the 32 secret bytes.

        Without the file, or without that section in it, a key is made and added; the file is replaced in one step and
        only its owner may read it.

        Raises:
            ConfigError: the file cannot be read or written, holds no key where one should be, or others may read it.
        """
        parser = configparser.ConfigParser(interpolation=None)
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            parser.read_string(text)
            if parser.has_section(_SECTION):
                return cls(_key_in(parser, path))
            key = Ed25519PrivateKey.generate()
            secret = base64.b64encode(key.private_bytes_raw()).decode()
            gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
            _write_private(path, f"{text}{gap}[{_SECTION}]\n{_OPTION} = {secret}\n")
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise ConfigError(f"{path} cannot be used: {error}", hint="name another file with --config") from error
        return cls(key)


class SentinelClient:
    """Signed POST calls; use it in a `with` block.

    The signature covers the route's own path, so a proxy may serve the sentinel under a prefix that it takes off.
    """

    def __init__(self, url: str, key: Ed25519PrivateKey) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{url!r} is no address of a sentinel", hint="it looks like http://HOST:8700")
        self.url = url.rstrip("/")
        self._key = key
        self._http = httpx.Client(timeout=httpx.Timeout(30.0, connect=5.0))

    def __enter__(self) -> SentinelClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The sentinel's answer to a signed call.

        Raises:
            RefusedError: it says no (4xx).
            UnreachableError: no answer, one that makes no sense, or one that means "later".
            ValueError: `fields` cannot be written as JSON.
        """
        # Two equal requests in the same second have the same signature, and the second would count as a replay.
        body = json.dumps({**fields, "nonce": secrets.token_hex(8)}, allow_nan=False).encode()
        headers = {"Content-Type": "application/json", **sign(self._key, "POST", path, body, int(time.time()))}
        try:
            response = self._http.post(self.url + path, content=body, headers=headers)
            answer = response.json()
        except httpx.HTTPError as error:
            raise UnreachableError(f"no answer from {self.url}: {error}") from error
        except ValueError as error:
            raise UnreachableError(f"{self.url} gave no JSON", "is this the sentinel's address?") from error
        if not isinstance(answer, dict):
            raise UnreachableError(f"{self.url} gave no JSON object", "is this the sentinel's address?")
        if response.is_success:
            return answer
        status, message, hint = response.status_code, str(answer.get("message", "")), str(answer.get("hint", ""))
        # A signature is refused for a wrong clock above all, and clocks are put right.
        if status in {401, 408, 429} or status >= 500:
            raise UnreachableError(f"{self.url} answered {status}: {message}", hint)
        raise RefusedError(status, str(answer.get("code", "")), message, hint)


def _key_in(parser: configparser.ConfigParser, path: Path) -> Ed25519PrivateKey:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} holds the node's key, and others may read it", hint=f"chmod 600 {path}")
    try:
        secret = base64.b64decode(parser.get(_SECTION, _OPTION), validate=True)
        return Ed25519PrivateKey.from_private_bytes(secret)
    except (configparser.NoOptionError, ValueError) as error:
        raise ConfigError(
            f"{path} has a section [{_SECTION}] without a usable {_OPTION}",
            hint="restore it from a backup; without the section, a new node is made",
        ) from error


def _write_private(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
