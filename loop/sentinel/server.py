"""Running the sentinel: in the foreground until a signal, or beside other work in a thread."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec

import uvicorn
from starlette.types import ASGIApp

from loop.errors import ConfigError, LoopError
from loop.sentinel.app import Application, create_app
from loop.sentinel.database import Database
from loop.sentinel.long_poll import Waiting
from loop.sentinel.operator import TOKEN_LENGTH, OperatorApp
from loop.sentinel.operator.app import CONNECTIONS
from loop.sentinel.transition import Policy
from loop.sentinel.wire import BoundedProtocol

log = logging.getLogger(__name__)

# Said outright, so that it does not depend on what else is installed. There is no uvloop for Windows, whose usual loop
# psycopg cannot use.
LOOP = "uvloop" if find_spec("uvloop") else "asyncio:SelectorEventLoop"


@dataclass(frozen=True)
class OperatorOptions:
    """How the operator's pages are served.

    Attributes:
        token: what signs an operator in; `TOKEN_LENGTH` characters at least.
        port: the TCP port to listen on; 0 takes any free one.
        host: the address to listen on.
        database_url: libpq URL of a login that may more than the sentinel's, as itself; empty: the sentinel's.
    """

    token: str = field(repr=False)
    port: int = 0
    host: str = "127.0.0.1"
    database_url: str = field(default="", repr=False)


@dataclass(frozen=True)
class SentinelOptions:
    """How a sentinel runs.

    Attributes:
        database_url: libpq URL; its login role is a member of `role`, its port keeps sessions (no transaction pooler).
        host: the address to listen on.
        port: the TCP port to listen on; 0 takes any free one.
        role: the database role in which everything runs.
        unsigned: what becomes of nodes' requests without a signature.
        operator: how the operator's pages are served; None: not at all.
    """

    database_url: str
    host: str = "127.0.0.1"
    port: int = 8700
    role: str = "service_role"
    unsigned: Policy = Policy.REFUSE
    operator: OperatorOptions | None = None


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
    _collect_seldom()
    try:
        log.info("sentinel listens on %s", _address(listener))
        if server.pages:
            log.info("the operator's pages are on %s", server.pages.address)
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


@contextmanager
def background_pages(options: SentinelOptions) -> Iterator[str]:
    """As `background`, but yields where the operator's pages are.

    Raises:
        ConnectError, ConfigError: as `serve`; ConfigError, too, where the options name no operator.
    """
    server, listener = _prepare(options)
    if server.pages is None:
        raise ConfigError("the operator's pages are not asked for", hint="give SentinelOptions an operator")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sentinel", daemon=True)
    thread.start()
    try:
        yield server.pages.address
    finally:
        server.should_exit = True
        thread.join()


class _Pages(uvicorn.Server):
    """The operator's pages, beside the sentinel in the same loop; whoever stops that stops these first."""

    def __init__(self, pages: OperatorApp, listener: socket.socket) -> None:
        super().__init__(_config(pages.app))
        self._pages = pages
        self._listener = listener
        self._task: asyncio.Task[None] | None = None
        self.address = _address(listener)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # They are the sentinel's to take.
        yield

    def begin(self) -> None:
        self._task = asyncio.create_task(self.serve(sockets=[self._listener]))

    async def end(self) -> None:
        self.should_exit = True
        self._pages.close()
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    """Lets nobody wait for work while it stops."""

    def __init__(self, config: uvicorn.Config, waiting: Waiting, pages: _Pages | None) -> None:
        super().__init__(config)
        self._waiting = waiting
        self.pages = pages

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.pages:
            self.pages.begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._waiting.close()
        if self.pages:
            await self.pages.end()
        await super().shutdown(sockets)


def _prepare(options: SentinelOptions) -> tuple[_Server, socket.socket]:
    database = Database(options.database_url, role=options.role)
    database.check()
    listener = _listen(options.host, options.port, "--port")
    waiting = Waiting()
    app = create_app(database, waiting, options.unsigned)
    try:
        pages = _prepare_pages(options, options.operator, app) if options.operator else None
    except LoopError:
        listener.close()
        raise
    return _Server(_config(app.app), waiting, pages), listener


def _prepare_pages(options: SentinelOptions, asked: OperatorOptions, app: Application) -> _Pages:
    if len(asked.token) < TOKEN_LENGTH:
        raise ConfigError(
            f"the operator's token has fewer than {TOKEN_LENGTH} characters",
            hint="make one: openssl rand -base64 24",
        )
    if asked.database_url:
        # As itself: it was made for this.
        database = Database(asked.database_url, role="none", size=CONNECTIONS)
        database.check()
    else:
        database = Database(options.database_url, role=options.role, size=CONNECTIONS)
    return _Pages(OperatorApp(database, asked.token, app.standing), _listen(asked.host, asked.port, "--operator-port"))


def _collect_seldom() -> None:
    """Python's garbage collector stops the sentinel while it looks at all that is there, for a thousand waiting nodes
    a tenth of a second. Cycles, the only garbage that is left to it, are rare here.
    """
    # What has been imported stays.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)


def _listen(host: str, port: int, option: str) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}", hint=f"choose another {option}"
        ) from error
    # asyncio sets it only for sockets that name their protocol, which this one does not; what is accepted inherits it.
    # Without it the last packet of an answer waits for the client's delayed ACK, 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        loop=LOOP,
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


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
