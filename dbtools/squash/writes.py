"""Which statements of the old history write rows: the server is asked after each, whoever ran it and however."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any

import psycopg
from alembic.runtime.migration import RevisionStep

from dbtools.postgres.script import Statement

# What a baseline says in its own words: jobs, buckets, queues.
NOT_DATA = frozenset({"cron.job", "storage.buckets", "pgmq.meta"})

# Beside the catalog, what the tools note for themselves is none of the project's rows.
_COUNTS = """
select format('%I.%I', schemaname, c.relname), n_tup_ins, n_tup_upd, n_tup_del
from pg_stat_xact_all_tables
  inner join pg_class as c on relid = c.oid
where c.relkind = 'r' and n_tup_ins + n_tup_upd + n_tup_del > 0 and c.relname <> 'alembic_version'
  and schemaname not in ('information_schema', 'supabase_migrations') and schemaname !~ '^pg_'
"""

_Counts = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Written:
    """A statement that wrote rows.

    Attributes:
        revision: whose statement.
        statement: its first line.
        table: where it wrote.
        inserted: how many rows; `updated` and `deleted` likewise.
    """

    revision: str
    statement: str
    table: str
    inserted: int
    updated: int
    deleted: int

    @property
    def said(self) -> str:
        """What it did, in words."""
        counts = {"inserted": self.inserted, "updated": self.updated, "deleted": self.deleted}
        return ", ".join(f"{number} {word}" for word, number in counts.items() if number) + f" in {self.table}"


class Writes:
    """Looks on while revisions are run by the runner; given to it in the Alembic configuration's attributes."""

    def __init__(self) -> None:
        self.found: list[Written] = []
        self._connection: psycopg.Connection | None = None
        self._revision = ""
        self._before: _Counts = {}

    def attach(self, connection: psycopg.Connection) -> None:
        """Look at all that is run on this connection, whoever runs it."""
        self._connection = connection
        connection.cursor_factory = _watched(self)

    def steps(self, plan: Sequence[RevisionStep], _: bool) -> Sequence[RevisionStep]:
        """The runner's steps, each with its statements looked at."""
        for step in plan:
            run = partial(self._run, step.revision.revision, step.migration_fn)
            step.migration_fn = update_wrapper(run, step.migration_fn)
        return plan

    def _run(self, revision: str, run: Callable[..., None], **words: Any) -> None:
        self._before = self._counts()
        self._revision = revision
        try:
            run(**words)
        finally:
            self._revision = ""

    @contextmanager
    def statement(self, text: str) -> Iterator[None]:
        """One statement, as it runs."""
        yield
        if not self._revision:
            return
        after = self._counts()
        for table, counts in after.items():
            before = self._before.get(table, (0, 0, 0))
            # What was counted before a commit may have been handed over by now, and be counted no longer.
            changed = [max(now - then, 0) for now, then in zip(counts, before, strict=True)]
            if any(changed) and table not in NOT_DATA:
                line = Statement(0, text).first_line
                self.found.append(Written(self._revision, line, table, *changed))
        self._before = after

    def _counts(self) -> _Counts:
        assert self._connection is not None  # noqa: S101  (attached before the plan is asked for)
        with psycopg.Cursor(self._connection) as cursor:
            return {table: (i, u, d) for table, i, u, d in cursor.execute(_COUNTS.encode())}


def _watched(writes: Writes) -> type[psycopg.Cursor[Any]]:
    class Watched(psycopg.Cursor[Any]):
        def execute(self, query: Any, *words: Any, **more: Any) -> Any:
            with writes.statement(_text(query)):
                return super().execute(query, *words, **more)

        def executemany(self, query: Any, *words: Any, **more: Any) -> None:
            with writes.statement(_text(query)):
                super().executemany(query, *words, **more)

    return Watched


def _text(query: object) -> str:
    return query.decode() if isinstance(query, bytes) else str(query)
