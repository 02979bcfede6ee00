"""Who leads: a row in the database with a term, renewed before its lease is over by the database's clock.

A leader names its term with all that it writes, and what it writes under an old term is rolled back (see
`Leadership.fenced`). So it does no harm if a leader that was stopped or cut off learns late that another one leads.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from loop.errors import LoopError

# Seconds between two renewals, or two looks at another one's lease: at the most, and at the least.
PULSE = 2.0
SHORTEST = 0.3

# An old sentinel leads by holding the lock exclusively, and knows of no term.
_BY_TERM = """
with l as materialized (
  select
    l.term, l.holder, l.leads, l.seconds_left, false as outdated,
    l.seconds_left > 0 or exists (
      select from pg_locks as k
      where k.locktype = 'advisory' and k.granted and k.mode = 'ExclusiveLock' and k.objsubid = 1
        and k.database = (select d.oid from pg_database as d where d.datname = current_database())
        and (k.classid::bigint << 32) | k.objid::bigint = hashtextextended('dbtools.sentinel', 0)
    ) as led
  from private.lead(%(name)s, %(term)s) as l
)
"""
# While the database is not upgraded to terms: whoever holds the lock leads, and nothing is fenced. The upgrade itself
# waits at one revision (retire_cron_jobs) until a sentinel leads, so one has to before the terms are there.
_BY_LOCK = """
with l as materialized (
  select
    null::bigint as term, '' as holder, 0::float8 as seconds_left, true as led,
    to_regprocedure('private.lead(text,bigint)') is not null as outdated,
    %(leads)s or pg_try_advisory_lock(hashtextextended('dbtools.sentinel', 0)) as leads
)
"""
# Besides: which of the triggers that tell of pending chunks are missing, and a sign by which the session hears itself.
_PULSE = """
select
  l.*, extract(epoch from clock_timestamp())::float8 as clock,
  array(
    select t.name from unnest(array['trg_pending_chunk', 'trg_pending_chunk_again']) as t (name)
    where not exists (
      select from pg_trigger as p
      where p.tgrelid = to_regclass('public.jobs_chunks') and p.tgname = t.name and p.tgenabled in ('O', 'A')
    )
  ) as missing,
  pg_notify('dbtools_sentinel', %(pulse)s)
from l
"""

# What a sentinel is called that leads by the lock.
OLD = "a sentinel without terms"


class LeadershipLostError(LoopError):
    """The session can no longer be the leader's; a new one may."""


class Leadership:
    """Who leads, as far as this sentinel knows.

    Attributes:
        name: what this sentinel is called in the database.
        term: the latest term that it has heard of, whose ever; None if the database has no terms yet.
        own_term: the latest term in which it led itself. What it writes is fenced with this one: work that goes on
            while another sentinel has begun to lead must not pass for that one's.
        holder: the name of the sentinel that leads.
        begun: how many times this sentinel has begun to lead.
        clock_ahead: seconds by which this machine's clock is ahead of the database's.
    """

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        self.term: int | None = None
        self.own_term: int | None = None
        self.holder = ""
        self.begun = 0
        self.clock_ahead = 0.0
        self._has_terms = True
        self._mine = False
        # By the monotonic clock: from the moment of asking, so that it is over here before it is in the database.
        self._until = 0.0

    @property
    def leading(self) -> bool:
        """Whether this sentinel leads; false as soon as its lease may be over, whether it has heard so or not."""
        return self._mine and not self.vacant

    @property
    def vacant(self) -> bool:
        """Whether nobody leads, as far as is known."""
        return time.monotonic() >= self._until

    @property
    def pause(self) -> float:
        """Seconds until the next pulse: in time to renew the own lease, or just after the end of another one's."""
        left = self._until - time.monotonic()
        return min(PULSE, max(left / 3 if self._mine else left + 0.1, SHORTEST))

    async def begin(self, conn: AsyncConnection[DictRow]) -> None:
        """See, on a new session, whether the database has terms."""
        cursor = await conn.execute("select to_regprocedure('private.lead(text,bigint)') is not null as terms")
        row = await cursor.fetchone()
        self._has_terms = bool(row and row["terms"])

    async def pulse(self, conn: AsyncConnection[DictRow], mark: str) -> DictRow:
        """Renew the lease, or ask for it; sends `mark` to all sentinels. `row["missing"]`: triggers that are not there.

        Raises:
            LeadershipLostError: this sentinel led and leads no more, or the database has terms by now.
            psycopg.Error: the database refused it, or cannot be reached.
        """
        led, asked = self._mine, time.monotonic()
        parameters = {"name": self.name, "term": self.term if led else None, "leads": led, "pulse": mark}
        cursor = await conn.execute((_BY_TERM if self._has_terms else _BY_LOCK) + _PULSE, parameters)
        row = await cursor.fetchone()
        if row is None:
            raise LeadershipLostError("private.leader has no row")
        if row["outdated"]:
            raise LeadershipLostError("the database has terms by now")
        self.term, self._mine = row["term"], row["leads"]
        self.holder = self.name if self._mine else row["holder"] if row["seconds_left"] else OLD
        self._until = asked + (row["seconds_left"] or 2 * PULSE if row["led"] else 0.0)
        self.clock_ahead = time.time() - row["clock"]
        self.begun += self._mine and not led
        if self._mine:
            self.own_term = self.term
        if led and not self._mine:
            raise LeadershipLostError(f"{self.holder} leads in term {self.term}")
        return row

    def fenced(self, written: LiteralString) -> LiteralString:
        """The SQL expression `written`, for a statement that is rolled back unless its `term` (a parameter) goes on."""
        return f"private.under_term(%(term)s, {written})" if self._has_terms else written

    async def resign(self, conn: AsyncConnection[DictRow]) -> None:
        """Let another sentinel lead at once."""
        if self.leading and self._has_terms:
            await conn.execute("select private.resign(%(term)s)", {"term": self.own_term})
        self.lost()

    def lost(self) -> None:
        """The session is over, or another one leads."""
        self._mine = False
