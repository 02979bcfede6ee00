"""A session on libpq itself: statements prepared once, parameters as text, and no more Python than that.

With a driver's cursors a call costs the client as much as a small statement costs the server, and that would be added
to everybody, the floor included.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from psycopg import pq
from psycopg.pq.abc import PGresult

Row = tuple[bytes, ...]


class WireError(RuntimeError):
    """The server has refused a statement."""


class Session:
    """One connection; every statement is a transaction.

    Args:
        url: a libpq URL.
    """

    def __init__(self, url: str) -> None:
        self._pg = pq.PGconn.connect(url.encode())
        if self._pg.status != pq.ConnStatus.OK:
            raise WireError(self._pg.error_message.decode())
        self.script("set client_min_messages = warning; set statement_timeout = '300s'")
        self._pid = self._pg.backend_pid

    def close(self) -> None:
        """End the session."""
        self._pg.finish()

    def script(self, statements: str) -> list[PGresult]:
        """Any number of statements, in one transaction; all results."""
        self._pg.send_query(statements.encode())
        results = []
        while (result := self._pg.get_result()) is not None:
            results.append(result)
        for result in results:
            _check(result)
        return results

    def value(self, statement: str) -> str:
        """The first column of the first row."""
        return (self.script(statement)[-1].get_value(0, 0) or b"").decode()

    def prepare(self, name: str, statement: str) -> None:
        """To be called as `name`."""
        _check(self._pg.prepare(name.encode(), statement.encode()))

    def run(self, name: str, *parameters: bytes) -> PGresult:
        """Execute what was prepared."""
        result = self._pg.exec_prepared(name.encode(), parameters)
        _check(result)
        return result

    def rows(self, name: str, *parameters: bytes) -> list[Row]:
        """Execute what was prepared, for its rows."""
        result = self.run(name, *parameters)
        columns = range(result.nfields)
        return [tuple(result.get_value(row, column) or b"" for column in columns) for row in range(result.ntuples)]

    def processor(self) -> float:
        """Seconds of processor time that the server's process behind this session has taken, by Linux."""
        return int(Path(f"/proc/{self._pid}/schedstat").read_text().split()[0]) / 1e9


def array(ids: Sequence[bytes]) -> bytes:
    """An array's text; numbers and uuids need no quotes."""
    return b"{" + b",".join(ids) + b"}"


def _check(result: PGresult) -> None:
    if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        raise WireError((result.error_message or b"no message").decode())
