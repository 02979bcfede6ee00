# ruff: noqa: D102 -- the public methods are asyncio's and uvicorn's
"""Bounds on what a connection may cost, around uvicorn's protocol: time, bytes, requests in line, connections.

Nobody has said who he is before his request has arrived, so until then nothing is kept or waited for without a bound.
Requests that two servers could read differently (a length and chunks, two lengths) are refused by the parser, llhttp.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from loop.sentinel import body

if sys.platform != "win32":
    import resource

# Connections at the same time; the database, the log and the listener need descriptors as well.
CONNECTIONS = 10_000
DESCRIPTORS_BESIDE = 100
# Bytes of a request's head, and of all of it.
HEAD = 16_384
REQUEST = body.LIMIT + 65_536
# Seconds for a request to arrive (of these, 20 for its body, which is answered with a reason), and for an answer to be
# taken.
ARRIVAL = 25.0
DEPARTURE = 30.0
# Requests that may be in line behind one that is being answered.
IN_LINE = 16


def most_connections() -> int:
    """How many connections there may be, by what the system lets this process open."""
    if sys.platform == "win32":
        return CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(min(CONNECTIONS, soft - DESCRIPTORS_BESIDE), 10)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. When there are too many, the one that has been without a request for longest makes room."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arrival: asyncio.TimerHandle | None = None
        self._departure: asyncio.TimerHandle | None = None
        self._read = 0
        self._head_read = False
        self._idle_since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()
        if len(self.connections) > most_connections():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._arrival is None:
            self._expect()
        self._read += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._head_read and self._read > HEAD:
            self._refuse(431, "head_too_large", f"the request's head has more than {HEAD} bytes")
        elif self._read > REQUEST:
            self._drop()

    # The parser's callbacks; what they raise is a bad request.

    def on_headers_complete(self) -> None:
        self._head_read = True
        super().on_headers_complete()
        if len(self.pipeline) > IN_LINE:
            raise ValueError("too many requests in line")

    def on_message_complete(self) -> None:
        self._arrived()
        self._read, self._head_read = 0, False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        self._refuse(400, "bad_request", "the request is no valid HTTP")

    # What takes too long.

    def _expect(self) -> None:
        self._arrival = self.loop.call_later(ARRIVAL, self._too_slow)

    def _arrived(self) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None

    def _too_slow(self) -> None:
        self._arrival = None
        if self.flow.read_paused:
            self._expect()  # it is not read, because another one is being answered
        elif self._head_read:
            self._drop()
        else:
            self._refuse(408, "request_too_slow", f"the request took more than {ARRIVAL:.0f} seconds")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._departure = self.loop.call_later(DEPARTURE, self._drop)

    def resume_writing(self) -> None:
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        # Closing would wait for an answer that is not taken.
        self._drop()

    # Whoever has to go.

    def _make_room(self) -> None:
        there = [one for one in self.connections if isinstance(one, BoundedProtocol) and not one.transport.is_closing()]
        if len(there) <= most_connections():
            return
        idle = [one for one in there if one is not self and (one.cycle is None or one.cycle.response_complete)]
        if idle:
            min(idle, key=lambda one: one._idle_since)._drop()
        else:
            self._refuse(503, "too_many_connections", "there are too many connections")

    def _drop(self) -> None:
        """End the connection and the answer that is being written: uvloop lets nobody write to a closed one."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._arrived()
        answer = json.dumps({"code": code, "message": message}).encode()
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(answer)
        self.transport.write(STATUS_LINE[status] + head + answer)
        self.transport.close()
