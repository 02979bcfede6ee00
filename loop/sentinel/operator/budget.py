"""What the pages may cost the database: a hundredth of one connection's time, spent where it is due."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import LiteralString

from psycopg.rows import DictRow

from loop.sentinel.database import Database

SHARE = 0.01
# Seconds of the database's time that may be saved up, so that a page that is opened is there at once.
SAVED = 2.0


class Budget:
    """Reads through a database, and notes how long that took.

    Attributes:
        spent: seconds that all readings took, waits included.
        readings: how many there were.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._saved = SAVED
        self._noted_at = self._began = time.monotonic()
        self.spent = 0.0
        self.readings = 0

    @property
    def affordable(self) -> bool:
        """Whether something may be read that nobody waits for."""
        now = time.monotonic()
        self._saved = min(SAVED, self._saved + (now - self._noted_at) * SHARE)
        self._noted_at = now
        return self._saved > 0

    @property
    def share(self) -> float:
        """Which part of the time since the start was spent."""
        return self.spent / max(time.monotonic() - self._began, 1.0)

    async def rows(self, statement: LiteralString, parameters: Mapping[str, object] | None = None) -> list[DictRow]:
        """What one statement returns; whoever looks at a list gets it, and what is not urgent waits the longer.

        Raises:
            psycopg.Error, TimeoutError: as `Database.rows`.
        """
        began = time.monotonic()
        try:
            return await self._database.rows(statement, parameters or {})
        finally:
            took = time.monotonic() - began
            self._saved -= took
            self.spent += took
            self.readings += 1
