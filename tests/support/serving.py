"""A small ASGI application on a port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Answer with that application until the block ends; yields its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Headers are the application's alone, so that it can have another time than we do.
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", date_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
