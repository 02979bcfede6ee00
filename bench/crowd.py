"""Many nodes in one thread: what they send is signed beforehand where it can be, so they cost less than whom they ask.

No library for HTTP and no event loop: a request is bytes, an answer is its status and its body. For Linux.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.signing import public_key_text, sign

# Seconds after which an answer counts as lost.
PATIENCE = 120.0

Then = Callable[["Node", bytes], bytes | None]


class Node:
    """A key and a connection that stays open.

    Attributes:
        public: the key under which the database knows it.
        asked_at: when its latest request was sent (`perf_counter`).
        refused: how many requests were answered 503 and sent again.
    """

    _nonces = count()

    def __init__(self, port: int) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public = public_key_text(self._key)
        self.asked_at = 0.0
        self.refused = 0
        self._request = b""
        self._port = port
        self._socket: socket.socket | None = None
        self._arrived = b""

    def request(self, path: str, fields: dict[str, Any]) -> bytes:
        """A signed call, to be sent within five minutes; no two have one signature."""
        body = json.dumps({**fields, "nonce": next(Node._nonces)}).encode()
        head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in sign(self._key, "POST", path, body, int(time.time())).items()]
        return "\r\n".join([*head, "", ""]).encode() + body

    def connect(self) -> socket.socket:
        """The connection, made anew if the other side has ended it."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def send(self, request: bytes) -> None:
        """Begin a call."""
        self.asked_at = time.perf_counter()
        self._request = request
        self.connect().sendall(request)

    def receive(self) -> bytes | None:
        """The answer's body, once all of it is there; to a 503 the same request goes out again.

        Raises:
            RuntimeError: the answer is neither, or the connection has ended.
        """
        piece = self.connect().recv(262_144)
        if not piece:
            raise RuntimeError("the sentinel has ended a connection")
        self._arrived += piece
        head, end, body = self._arrived.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return None
        self._arrived = b""
        if head.startswith(b"HTTP/1.1 503"):
            self.refused += 1
            self.connect().sendall(self._request)
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head.splitlines()[0]!r} {body[:200]!r}")
        return body

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def drive(first: Sequence[tuple[Node, bytes]], then: Then) -> None:
    """Send these; `then` says with each answer what its node sends next, until no answer is waited for.

    Raises:
        RuntimeError: an answer is not 200, or did not come.
    """
    poll = select.epoll()
    nodes: dict[int, Node] = {}
    waited_for = len(first)
    for node, request in first:
        number = node.connect().fileno()
        nodes[number] = node
        poll.register(number, select.EPOLLIN)
        node.send(request)
    while waited_for:
        ready = poll.poll(PATIENCE)
        if not ready:
            raise RuntimeError(f"{waited_for} answers did not come")
        for number, _ in ready:
            node = nodes[number]
            if (body := node.receive()) is None:
                continue
            if (following := then(node, body)) is None:
                waited_for -= 1
            else:
                node.send(following)
    poll.close()


def drive_in_turn(requests: Sequence[tuple[Node, bytes]], at_once: int) -> list[float]:
    """Send all of these, so many at the same time and one of a node at a time; seconds of each.

    Raises:
        RuntimeError: as `drive`.
    """
    left = deque(requests)
    taken: list[float] = []
    busy: set[Node] = set()
    poll = select.epoll()
    nodes: dict[int, Node] = {}
    for node, _ in requests:
        number = node.connect().fileno()
        if number not in nodes:
            nodes[number] = node
            poll.register(number, select.EPOLLIN)
    while left or busy:
        while left and len(busy) < at_once and left[0][0] not in busy:
            node, request = left.popleft()
            busy.add(node)
            node.send(request)
        if not (ready := poll.poll(PATIENCE)):
            raise RuntimeError(f"{len(busy)} answers did not come")
        for number, _ in ready:
            node = nodes[number]
            if node.receive() is not None:
                taken.append(time.perf_counter() - node.asked_at)
                busy.discard(node)
    poll.close()
    return taken
