"""A node's identity: a key pair in a file, and which process holds it."""

from __future__ import annotations

import base64
import configparser
import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.errors import ConfigError

_SECTION, _OPTION = "identity", "private_key"


@dataclass(frozen=True)
class HeldKey:
    """The key pair that a node is known by, while this process holds it.

    Attributes:
        private: the key.
        session: a UUID, the same whenever the same file is held on the same machine: a node that crashed and comes back
            is no other one, a copy of its key is.
    """

    private: Ed25519PrivateKey = field(repr=False)
    session: str


@contextmanager
def hold(path: Path) -> Iterator[HeldKey]:
    """The key in an INI file, `private_key` under `[identity]`: base64 of the 32 secret bytes.

    Without the file, or without that section in it, a key is made and added; the file is replaced in one step and only
    its owner may read it. Until the block ends, no other process on this machine gets this key.

    Raises:
        ConfigError: the file cannot be read or written, holds no key where one should be, others may read it, or
            another process holds it.
    """
    try:
        if not path.exists():
            # Two that begin at the same time get the same one.
            _add(path, "", replace=False)
        file = _locked(path)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigError(f"{path} cannot be used: {error}", hint="name another file with --config") from error
    with file:
        status = os.fstat(file.fileno())
        yield HeldKey(_read(file, path), _session(path, status))


def _locked(path: Path) -> TextIO:
    """The file, locked, and with a key in it."""
    import fcntl  # noqa: PLC0415 -- there is none on Windows, where the rest of this module works

    while True:
        with ExitStack() as stack:
            file = stack.enter_context(path.open(encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(
                    f"another process computes with the key in {path}",
                    hint="one uses all cores; for a second node on this machine name another file with --config",
                ) from None
            # What was locked may have been replaced in the meantime.
            if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                continue
            text = file.read()
            if _parsed(text).has_section(_SECTION):
                file.seek(0)
                stack.pop_all()
                return file
            _add(path, text, replace=True)


def _parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return parser


def _read(file: TextIO, path: Path) -> Ed25519PrivateKey:
    if os.fstat(file.fileno()).st_mode & 0o077:
        raise ConfigError(f"{path} holds the node's key, and others may read it", hint=f"chmod 600 {path}")
    try:
        secret = base64.b64decode(_parsed(file.read()).get(_SECTION, _OPTION), validate=True)
        return Ed25519PrivateKey.from_private_bytes(secret)
    except (configparser.NoOptionError, ValueError) as error:
        raise ConfigError(
            f"{path} has a section [{_SECTION}] without a usable {_OPTION}",
            hint="restore it from a backup; without the section, a new node is made",
        ) from error


def _session(path: Path, status: os.stat_result) -> str:
    machine = ""
    with suppress(OSError):
        machine = Path("/etc/machine-id").read_text(encoding="utf-8")
    words = (socket.gethostname(), machine, str(path.resolve()), f"{status.st_dev}:{status.st_ino}")
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(words)))


def _add(path: Path, text: str, *, replace: bool) -> None:
    """Write the text and a new key after it; without `replace` only where there is no file."""
    secret = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{text}{gap}[{_SECTION}]\n{_OPTION} = {secret}\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(name)
    finally:
        Path(name).unlink(missing_ok=True)
