"""What everybody who is measured can do: create, claim, complete and reap chunks.

A contender's `admin` session prepares what is not measured: a superuser's, whose statements fire no trigger, check no
foreign key and wait for no disk.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import psycopg

from dbtools.postgres.shadow import ADMIN, Shadow

Chunk = tuple[Any, ...]

RESULT = {"meanDps": 1843.271, "stdDps": 212.64, "minDps": 1201.5, "maxDps": 2713.9, "iterations": 1000}
RESULT_TEXT = json.dumps(RESULT)
WORKERS = 4
HISTORY_CHUNKS_OF_A_JOB = 100


class Contender(ABC):
    """One way to create, claim, complete and reap chunks, in a database of its own or a schema of its own.

    Args:
        shadow: the server.
        database: where the contender's tables are; two floors may share one.
    """

    name: ClassVar[str]

    def __init__(self, shadow: Shadow, database: str) -> None:
        self.url = shadow.url(database)
        self.admin = psycopg.connect(shadow.url(database, user=ADMIN), autocommit=True)
        self.admin.execute("set session_replication_role = replica; set synchronous_commit = off")
        self.opened: list[psycopg.Connection] = [self.admin]
        self.workers: list[psycopg.Connection] = []

    def close(self) -> None:
        """End the contender's sessions."""
        for connection in self.opened:
            connection.close()

    def session(self) -> psycopg.Connection:
        """A session of the role that calls this contender's operations; every statement is a transaction."""
        connection = psycopg.connect(self.url, autocommit=True)
        self.opened.append(connection)
        return connection

    def worker(self, number: int) -> psycopg.Connection:
        """The long-lived session of that worker."""
        while len(self.workers) <= number:
            self.workers.append(self.session())
        return self.workers[number]

    @abstractmethod
    def creation(self, chunks: int) -> Callable[[], object]:
        """Prepare to create one job of that many chunks; what is returned does it, in one round trip."""

    @abstractmethod
    def fill(self, jobs: int, chunks: int) -> None:
        """Create that many jobs of that many chunks each."""

    @abstractmethod
    def claim(self, session: psycopg.Connection, limit: int, worker: int | None = None) -> Sequence[Chunk]:
        """Claim up to that many pending chunks, for one worker or for whoever may run them."""

    @abstractmethod
    def complete(self, session: psycopg.Connection, chunks: Sequence[Chunk], *, one_job: bool = False) -> None:
        """Report all of them, with results; `one_job` asks a floor to keep its job's counter as well."""

    @abstractmethod
    def reap(self, session: psycopg.Connection) -> int:
        """Take stale chunks back; returns how many."""

    @abstractmethod
    def age(self) -> None:
        """Make it look as if running chunks had been claimed two days ago."""

    @abstractmethod
    def add_history(self, chunks: int) -> None:
        """Add that many finished chunks, a hundred to a job."""

    @abstractmethod
    def unfinished(self) -> int:
        """How many chunks wait or run."""


def number(cursor: psycopg.Cursor[Any]) -> int:
    """The one number that a statement answers with."""
    [(found,)] = cursor.fetchall()
    return int(found)
