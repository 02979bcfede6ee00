"""Calls that are sent without waiting for their answers, so that a test decides what happens while they run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from tests.support.system import value

PATIENCE = 20.0


class Sent:
    """One transaction on its way in a session of its own, as a request through PostgREST makes it.

    Args:
        conn: the session; it is busy until `finish()`.
        statement: a call; its values stand in it, because the protocol's simple form takes no parameters.
        role: the API role, or the project's owner.
        user: the signed-in user's id.
    """

    def __init__(self, conn: psycopg.Connection, statement: str, *, role: str, user: str | None = None) -> None:
        self.conn = conn
        self.pid = conn.info.backend_pid
        self.sqlstate: str | None = None
        self.message = ""
        self._done = False
        claims = json.dumps({"role": role} | ({"sub": user} if user else {}))
        # Several statements in one message are one transaction.
        text = (
            f"select set_config('role', '{role}', true), set_config('request.jwt.claims', '{claims}', true); "
            + statement
        )
        conn.pgconn.send_query(text.encode())

    def done(self) -> bool:
        """Has the answer come in whole? Does not wait."""
        try:
            self.conn.pgconn.consume_input()
            while not self._done and not self.conn.pgconn.is_busy():
                self._read()
        except psycopg.OperationalError:
            self._done = True
        return self._done

    def finish(self) -> str | None:
        """Wait for the answer; the SQLSTATE of what went wrong, 08006 if the session was ended without a word."""
        try:
            while not self._done:
                self._read()
        except psycopg.OperationalError:
            self._done, self.sqlstate = True, self.sqlstate or "08006"
        return self.sqlstate

    def settle(self, observer: psycopg.Connection) -> None:
        """Wait until it is done or waits for a lock."""
        waits = "select count(*) from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
        until(lambda: self.done() or bool(value(observer, waits, self.pid)))

    def wait_until_gone(self, observer: psycopg.Connection) -> None:
        """Wait until the server has ended this session and all that it was doing."""
        there = "select count(*) from pg_stat_activity where pid = %s"
        until(lambda: not value(observer, there, self.pid))

    def _read(self) -> None:
        answer = self.conn.pgconn.get_result()
        if answer is None:
            self._done = True
        elif answer.status == ExecStatus.FATAL_ERROR:
            state = answer.error_field(DiagnosticField.SQLSTATE)
            self.sqlstate = state.decode() if state else "08006"
            self.message = answer.error_message.decode(errors="replace") if answer.error_message else ""


def until(condition: Callable[[], bool]) -> None:
    """Look until it is so; for what another session is doing, which sends no message."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "nothing moves any more"
        time.sleep(0.0005)
