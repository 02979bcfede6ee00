"""A TCP proxy before a server's socket, which can do what networks and boxes between machines do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class MiddleBox:
    """Passes bytes on between whoever connects to `port` and a server's Unix socket.

    Attributes:
        upward: whether what clients send reaches the server; else it does later, as with TCP.
        downward: whether what the server sends reaches the clients.
        holds: whether the server's side stays open when a client has gone.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.upward = self.downward = True
        self.holds = self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        self.upward = self.downward = False

    def mend(self) -> None:
        self.upward = self.downward = True

    def close(self) -> None:
        self._closed = True
        for one in [self._listener, *self._open]:
            # Closing alone would not wake the thread that reads it.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._path)
            except OSError:  # the server is down
                near.close()
                far.close()
                continue
            self._open += [near, far]
            if self._closed:
                # It came while the box was being closed.
                self.close()
                return
            for source, target, up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pump, args=(source, target, up), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                while not (self.upward if up else self.downward) and not self._closed:
                    time.sleep(0.02)
                target.sendall(data)
        if not (up and self.holds):
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)


@contextmanager
def middle_box(path: str) -> Iterator[MiddleBox]:
    box = MiddleBox(path)
    try:
        yield box
    finally:
        box.close()
