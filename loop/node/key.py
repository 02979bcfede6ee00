"""A node's identity, kept in a file."""

from __future__ import annotations

import base64
import configparser
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.errors import ConfigError

_SECTION, _OPTION = "identity", "private_key"


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
