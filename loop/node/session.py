"""One key, one process: on this machine by a lock on the file, everywhere by a session that the database knows."""

from __future__ import annotations

import fcntl
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loop.errors import ConfigError

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def only(config: Path) -> Iterator[str]:
    """Be the only process on this machine with this key; yields its session, a UUID.

    The session is the same for whoever starts next with the same file on the same machine, since the lock has ended the
    process before; so a node that was killed goes on at once. For a copy of the file, here or elsewhere, it is another.

    Raises:
        ConfigError: another process has the key.
    """
    with config.open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"another node runs with {config}", hint="stop it, or give this one a key of its own: --config"
            ) from None
        there = config.resolve().stat()
        boot = _BOOT.read_text() if _BOOT.exists() else ""
        place = f"{uuid.getnode()} {socket.gethostname()} {boot} {config.resolve()} {there.st_dev} {there.st_ino}"
        yield str(uuid.uuid5(uuid.NAMESPACE_OID, place))
