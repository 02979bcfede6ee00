"""Heartbeats as the database hears them: those that come together in one statement, what is unusual by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import DictRow

from loop.sentinel import body
from loop.sentinel.batch_writer import Batch
from loop.sentinel.database import Database
from loop.sentinel.errors import is_behind

# Nobody waits for the disk: a heartbeat that a crash of the server swallows is followed by the next one.
_TOGETHER = """
with settings as materialized (select set_config('synchronous_commit', 'off', true) as careless)
select b.place, b.answer, b.news, b.written, b.offline_after
from settings as s
cross join lateral public.node_heartbeats(case when s.careless = 'off' then %(beats)s::jsonb end) as b
"""
# Text from end to end: a config must reach the node as it is, and not as Python would write its numbers. `was` is the
# node before the heartbeat: the statement sees what it began with.
# A node that comes back has room that no notification tells of, so a pass is asked for.
_ALONE = """
with beat as materialized (
  select
    set_config('synchronous_commit', 'off', true) as careless,
    public.node_heartbeat(%(key)s, %(status)s, %(running)s::uuid[], %(session)s::uuid) as answer
),
was as materialized (
  select n.status = 'online' and n.last_seen_at > now() - s.offline_after as there, s.offline_after
  from public.nodes as n
  cross join private.settings as s
  where n.public_key = %(key)s
)
select
  (b.answer || d.answer)::text as answer,
  d.news or b.answer -> 'cancelled' <> '[]' as news,
  (select extract(epoch from w.offline_after)::float8 from was as w) as offline_after,
  (select pg_notify('pending_chunk', '') from was as w where not w.there and %(status)s = 'online') as asked
from beat as b
cross join lateral public.chunks_of_node(
  (b.answer ->> 'id')::uuid, %(attempts)s::uuid[], %(inputs)s::text[], %(embed)s
) as d
"""
STATUSES = frozenset({"online", "offline"})
# A node that names more chunks than these asks by itself, so that nobody waits until they are compared.
_MANY = 100
# Heartbeats of one statement.
_MOST = 500


@dataclass(frozen=True)
class Beat:
    """What a node says of itself; see docs/transition.md for the fields."""

    key: str
    status: str = "online"
    running: Sequence[str] | None = None
    attempts: Sequence[str] = ()
    inputs: Sequence[str] | None = None
    embed: bool = True
    session: str | None = None

    @property
    def is_usual(self) -> bool:
        """Whether it may be answered beside others."""
        return len(self.running or ()) <= _MANY and len(self.attempts) <= _MANY and self.status in STATUSES


class Heartbeats:
    """Asks the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batch = Batch(self._write, most=_MOST)
        # By key, heartbeats that the database has answered and not counted yet; a node that is there has few.
        self._uncounted: dict[str, int] = {}

    async def ask(self, beat: Beat) -> DictRow:
        """What to tell the node: `answer` (JSON text), whether it is `news`, and `offline_after` in seconds.

        Raises:
            psycopg.Error: the database refuses the node, or cannot be reached.
        """
        if beat.is_usual:
            uncounted = self._uncounted[beat.key] = self._uncounted.get(beat.key, 0) + 1
            row: DictRow | None = await self._batch.put(body.dump(_entry(beat, uncounted)), beat.key)
            if row is None or row["written"]:
                self._uncounted.pop(beat.key, None)
            if row is not None:
                return row
        parameters = {**vars(beat), "attempts": list(beat.attempts)}
        [found] = await self._database.rows(_ALONE, parameters, often=True)
        return found

    async def _write(self, entries: Sequence[str]) -> Sequence[DictRow | None]:
        """An answer for each, or None where the database leaves it to be asked for alone."""
        try:
            rows = await self._database.rows(_TOGETHER, {"beats": f"[{','.join(entries)}]"}, often=True)
        except psycopg.errors.UndefinedFunction as error:
            # It is yet to be upgraded.
            if not is_behind(error):
                raise
            rows = []
        answers = {row["place"]: row for row in rows}
        return [answers.get(place) for place in range(1, len(entries) + 1)]


def _entry(beat: Beat, count: int) -> body.Fields:
    fields = {**vars(beat), "beats": count}
    if beat.running is not None:
        # As Postgres writes them.
        fields["running"] = [one.lower() for one in beat.running]
    return fields
