"""Running the sentinel: in the foreground until a signal, or beside other work in a thread."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from loop.errors import ConfigError
from loop.sentinel.app import create_app
from loop.sentinel.database import Database
from loop.sentinel.long_poll import Waiting
from loop.sentinel.transition import Policy
from loop.sentinel.wire import BoundedProtocol

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SentinelOptions:
    """How a sentinel runs.

    Attributes:
        database_url: libpq URL; its login role is a member of `role`, its port keeps sessions (no transaction pooler).
        host: the address to listen on.
        port: the TCP port to listen on; 0 takes any free one.
        role: the database role in which everything runs.
        unsigned: what becomes of nodes' requests without a signature.
    """

    database_url: str
    host: str = "127.0.0.1"
    port: int = 8700
    role: str = "service_role"
    unsigned: Policy = Policy.REFUSE


def serve(options: SentinelOptions) -> None:
    """Serve until SIGTERM or SIGINT, then finish the open requests and return.

    Raises:
        ConnectError: the database cannot be reached. (Once started, the sentinel waits for a database that goes away.)
        ConfigError: the database is not upgraded, the login lacks the role, or the address cannot be listened on.
    """
    server, listener = _prepare(options)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    # The server takes these signals while it runs, then raises them again for whoever had them before: here it is the
    # server itself, so they end nothing else, and one that comes before it runs is not lost either.
    previous = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        log.info("sentinel listens on %s", _address(listener))
        server.run(sockets=[listener])
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    log.info("sentinel stopped")


@contextmanager
def background(options: SentinelOptions) -> Iterator[str]:
    """A sentinel in a thread of this process, for demonstrations and tests; yields its base URL.

    Raises:
        ConnectError, ConfigError: as `serve`.
    """
    server, listener = _prepare(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sentinel", daemon=True)
    thread.start()
    try:
        yield _address(listener)
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """Lets nobody wait for work while it stops."""

    def __init__(self, config: uvicorn.Config, waiting: Waiting) -> None:
        super().__init__(config)
        self._waiting = waiting

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._waiting.close()
        await super().shutdown(sockets)


def _prepare(options: SentinelOptions) -> tuple[uvicorn.Server, socket.socket]:
    database = Database(options.database_url, role=options.role)
    database.check()
    try:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        listener = socket.create_server((options.host, options.port), family=family)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {options.host}:{options.port}: {error.strerror}", hint="choose another --port"
        ) from error
    # asyncio sets it only for sockets that name their protocol, which this one does not; what is accepted inherits it.
    # Without it the last packet of an answer waits for the client's delayed ACK, 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = Waiting()
    config = uvicorn.Config(
        create_app(database, waiting, options.unsigned),
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        # Longer than nodes are silent: a connection for every heartbeat would cost more than the heartbeat.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    return _Server(config, waiting), listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
