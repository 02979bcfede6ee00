"""A throw-away Postgres server: started in a temporary folder, gone afterwards.

A new one begins with the cluster that an earlier one made, where the user's cache has it.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from dbtools.errors import ShadowError
from dbtools.postgres import cache
from dbtools.postgres.programs import binaries, copy, reachable_by_others, share

BOOTSTRAP_USER = "bootstrap"
# Bytes free in memory from which on a throw-away server is kept there.
_ROOM = 2 << 30

# Durability costs time and a throw-away server has none to offer.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "shared_buffers": "128MB",
    "unix_socket_permissions": "0777",
    "log_min_messages": "warning",
}


def identity(major: int) -> str:
    """A digest of the programs, their extensions and what a new cluster takes over from this machine."""
    programs = binaries(major)
    extensions = share(programs, major) / "extension"
    found = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in (programs / "postgres", extensions)]
    zone = (os.environ.get("TZ"), os.path.realpath("/etc/localtime"))
    return cache.digest(cache.digest_of_package(), *found, *sorted(path.name for path in extensions.iterdir()), *zone)


class EmbeddedServer:
    """One Postgres server; `start()` it or use it in a `with` block.

    Args:
        major: the major version, one that `binaries` finds.
        port: a TCP port on 127.0.0.1 to listen on as well, 0 for any free one; None for the Unix socket only.
        settings: server settings beyond our own, as in `postgresql.conf`.
        durable: keep fsync and its kin on, for tests that stop the server the hard way.
        own_copy: run a copy of the programs, made on the first start, so that extensions can be added to `share`.

    Trust authentication: whoever reaches the socket is let in, so the socket lies in a folder that only its owner
    (and, when run as root, the server's own user) may enter.
    """

    def __init__(
        self,
        *,
        major: int = 18,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        durable: bool = False,
        own_copy: bool = False,
    ) -> None:
        self.major = major
        self.port = _free_port() if port == 0 else port
        self.settings = {**({} if durable else _SETTINGS), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        # Postgres refuses to run as root, so there it runs as `nobody`.
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        place = (None if durable else _memory()) or temporary_place()
        # Short on purpose: a Unix socket's path may have no more than about 100 bytes.
        self.base = Path(tempfile.mkdtemp(prefix="dbtools-", dir=place))
        self._bin = binaries(major)
        self._own_copy = own_copy

    @property
    def bin(self) -> Path:
        """Where this server's programs are."""
        return self._bin

    @property
    def share(self) -> Path:
        """Where this server's extensions are, in `extension/`."""
        return share(self._bin, self.major)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.base / "data"

    @property
    def identity(self) -> str:
        """See `identity`."""
        return identity(self.major)

    def resume(self, key: str) -> Mapping[str, Any] | None:
        """Start, for the first time, on the data directory that is kept under a key; `prepare` comes before.

        Returns:
            the notes that were kept with it; None, and the server is not started, if there is none.

        Raises:
            ShadowError: it did not come up; what was kept is forgotten.
        """
        notes = cache.take_data(key, self.data)
        if notes is not None:
            self._hand_over()
            try:
                self.start()
            except ShadowError:
                cache.forget_data(key)
                raise
        return notes

    def keep(self, key: str, notes: Mapping[str, Any]) -> None:
        """Keep the data directory under a key; the server, with nobody on it, is stopped and started for it."""
        self.stop()
        cache.keep_data(key, self.data, notes)
        self.start()

    def url(self, database: str = "postgres", *, user: str = BOOTSTRAP_USER, tcp: bool = False) -> str:
        """A libpq URL for one of the server's databases; over TCP only if the server has a port."""
        user, database = quote(user, safe=""), quote(database, safe="")
        if tcp:
            if self.port is None:
                raise ShadowError("this server listens on no TCP port")
            return f"postgresql://{user}:x@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{user}@/{database}?host={self.base}&port={self.socket_port}"

    @property
    def socket_port(self) -> int:
        """The number in the socket's file name."""
        return self.port or 5432

    def __enter__(self) -> EmbeddedServer:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.remove()

    def start(self) -> None:
        """Start the server, creating its data directory the first time; returns when it answers.

        Raises:
            ShadowError: it did not come up; the message holds the end of its log.
        """
        atexit.register(self.remove)
        if not self.data.exists():
            self.prepare()
            self._make_cluster()
        command = [
            str(self._bin / "postgres"),
            "-D",
            str(self.data),
            "-k",
            str(self.base),
            "-p",
            str(self.socket_port),
        ]
        command += ["-h", "127.0.0.1" if self.port else ""]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.base / "log").open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is ours to handle, not the server's.
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                user=self._uid(),
            )
        self._wait_until_ready(self._process)

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server but keep its data; `immediate` is the crash that Postgres must recover from."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def remove(self) -> None:
        """Stop the server and delete everything that it wrote."""
        atexit.unregister(self.remove)
        self.stop(immediate=True)
        shutil.rmtree(self.base, ignore_errors=True)

    def _uid(self) -> int | None:
        return None if self._account is None else self._account.pw_uid

    def prepare(self) -> None:
        """Give the folder to the server's user, and the server its own copy of the programs if it is to have one.

        Done by `start` the first time; call it before to put something into the copy.
        """
        if self._account is not None:
            os.chown(self.base, self._account.pw_uid, self._account.pw_gid)
        # Where the programs lie under a private folder, root's server gets a copy instead of opening that folder.
        hidden = self._account is not None and not reachable_by_others(self._bin)
        if self.base not in self._bin.parents and (self._own_copy or hidden):
            self._bin = copy(self._bin, self.major, self.base)

    def _hand_over(self) -> None:
        # What was copied keeps the modes that it was installed with, or has those of our umask: perhaps for root alone.
        if self._account is not None:
            for _, folders, files, place in os.fwalk(self.base):
                for name in (*folders, *files):
                    os.chown(name, self._account.pw_uid, self._account.pw_gid, dir_fd=place, follow_symlinks=False)

    def _make_cluster(self) -> None:
        key = cache.digest("cluster", self.identity)
        taken = cache.take_data(key, self.data) is not None
        self._hand_over()
        if not taken:
            self._initdb(self.data)
            cache.keep_data(key, self.data, {})

    def _initdb(self, data: Path) -> None:
        # The same on every platform: libc's locales differ, the builtin one came with 17.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.major >= 17 else []
        options = ["--username", BOOTSTRAP_USER, "--auth=trust", "--encoding=UTF8", "--no-locale", *builtin]
        done = subprocess.run(
            [str(self._bin / "initdb"), "--pgdata", str(data), *options, "--no-sync", "--no-instructions"],
            capture_output=True,
            text=True,
            user=self._uid(),
            check=False,
        )
        if done.returncode:
            raise ShadowError("initdb failed: " + done.stderr.strip())

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        # Not a login: which roles there are changes during a server's life.
        question = [str(binaries() / "pg_isready"), "-q", "-h", str(self.base), "-p", str(self.socket_port)]
        while time.monotonic() < deadline and process.poll() is None:
            if subprocess.run(question, check=False).returncode == 0:
                return
            time.sleep(0.02)
        tail = (self.base / "log").read_text(errors="replace")[-2000:]
        self.remove()
        raise ShadowError("the embedded Postgres did not start", hint=tail.strip())


def _memory() -> str | None:
    """Where files live in memory, if there is such a place with room: a database is made of a thousand files."""
    place = "/dev/shm"  # noqa: S108  (mkdtemp makes a private folder in it)
    if "TMPDIR" in os.environ or not Path(place).is_dir() or os.statvfs(place).f_flag & os.ST_NOEXEC:
        return None
    return place if shutil.disk_usage(place).free >= _ROOM else None


def temporary_place() -> str:
    """Where temporary files go that a server reads, which root runs as a user who may not enter everywhere."""
    place = Path(tempfile.gettempdir())
    hidden = os.geteuid() == 0 and not reachable_by_others(place, rights=0o001)
    return "/tmp" if hidden else str(place)  # noqa: S108  (as above)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
