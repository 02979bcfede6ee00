"""The statements by which a leading sentinel assigns; what they give is handed to the nodes that wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from loop.sentinel.database import Database
from loop.sentinel.hand_over import Assigned
from loop.sentinel.leadership import Leadership
from loop.sentinel.long_poll import Waiting

# Chunks that one call may assign. Pairing costs about as much for one as for many.
BATCH = 1000

_TO_ALL: LiteralString = """
with assigned as materialized (
  select a.* from public.assign_chunks(%(limit)s) as a
),
"""
# In an order that is everybody's, as each node's row is locked.
_TO_NODES: LiteralString = """
with assigned as materialized (
  select a.*
  from (
    select n.id from public.nodes as n where n.public_key = any(%(keys)s::text[]) order by n.user_id, n.id
  ) as n
  cross join lateral public.assign_chunks(%(limit)s, n.id) as a
),
"""
# With the assignment it commits to whom, for the heartbeats that wait at other sentinels; this one's are answered from
# the rows, so it passes over what has its own name in it. A notification holds 8,000 bytes, a key 44. Whether anything
# was assigned or not, the term is looked at; a config comes with the first of the chunks that need it. A job's columns
# are read by name: an older database, where a sentinel may have to lead before it is upgraded, has not all of them.
_DONE = """
told as materialized (
  select pg_notify('dbtools_sentinel', 'assigned ' || %(name)s || ' ' || string_agg(k.public_key, ' '))
  from (
    select n.public_key, (row_number() over () - 1) / 150 as part
    from public.nodes as n
    where n.id in (select a.node_id from assigned as a) and length(n.public_key) = 44
  ) as k
  group by k.part
),
done as materialized (
  select (select count(*) from told) as notifications,
"""
# What waited when the statement began and was not assigned by it still waits.
_GIVEN = """
  as chunks
),
jobs as materialized (
  select j.id, to_jsonb(j) as job from public.jobs as j where j.id in (select a.job_id from assigned as a)
)
select
  d.chunks, a.*, j.job ->> 'rotation_id' as rotation_id, (j.job ->> 'rotation_version')::integer as rotation_version,
  j.job ->> 'script_checksum' as script_checksum,
  exists (
    select from public.jobs_chunks as c
    where c.status = 'pending' and c.node_id is null and c.id not in (select a.chunk_id from assigned as a)
  )
"""
# Of the nodes that were to be filled: one that is full needs nothing, however short of its report's room it fell.
_ROOM: LiteralString = """
  and exists (
    select from public.nodes as n
    where n.public_key = any(%(keys)s::text[]) and n.status = 'online'
      and (select count(*) from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running')
      + (select count(*) from assigned as a where a.node_id = n.id)
      < least(n.max_parallel, n.total_cores, n.quota)
  )
"""
_ROWS: LiteralString = """
  as more
from done as d
left join (
  select
    n.public_key, a.chunk_id::text, a.attempt_token::text, a.iterations, a.seed_offset, a.config_hash, a.job_id,
    case when row_number() over (partition by a.config_hash order by a.seed_offset, a.chunk_id) = 1
      then a.config::text
    end as config
  from assigned as a
  inner join public.nodes as n on n.id = a.node_id
) as a on true
left join jobs as j on j.id = a.job_id
order by a.seed_offset, a.chunk_id
"""


@dataclass(frozen=True)
class Given:
    """What one statement has assigned.

    Attributes:
        chunks: how many chunks.
        by_node: how many of them to which node, by public key.
        more: whether others still wait; where certain nodes were to be filled, and one of them has room left.
    """

    chunks: int
    by_node: Mapping[str, int]
    more: bool


class Assignments:
    """Assigns under the leader's term, and hands what it has assigned to the nodes that wait here."""

    def __init__(self, database: Database, waiting: Waiting, leadership: Leadership) -> None:
        self._database = database
        self._waiting = waiting
        self._leadership = leadership

    async def to_all(self, limit: int = BATCH) -> Given:
        """Assign up to so many chunks to whatever nodes have room.

        Raises:
            psycopg.Error: the database refused it (the term may be over), or cannot be reached.
            TimeoutError: it does not answer. It may have been done all the same, here as above.
        """
        return await self._assign(_TO_ALL, "", limit, {})

    async def to_nodes(self, keys: Sequence[str]) -> Given:
        """Fill these nodes, by public key, with chunks that they may run; raises as `to_all`."""
        return await self._assign(_TO_NODES, _ROOM, BATCH, {"keys": list(keys)})

    async def _assign(
        self, source: LiteralString, room: LiteralString, limit: int, parameters: Mapping[str, object]
    ) -> Given:
        fenced = self._leadership.fenced("(select count(*) from assigned)")
        statement = source + _DONE + fenced + _GIVEN + room + _ROWS
        own = {"limit": limit, "term": self._leadership.own_term, "name": self._leadership.name}
        try:
            rows = await self._database.rows(statement, {**own, **parameters}, often=True)
        except BaseException:
            # It may have been done all the same.
            self._waiting.wake_all()
            raise
        given = read(row for row in rows if row["chunk_id"] is not None)
        self._waiting.hand(given)
        return Given(rows[0]["chunks"], {key: len(chunks) for key, chunks in given.items()}, rows[0]["more"])


def read(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Assigned]]:
    """The chunks by the public key of their node, from the rows of an assigning statement.

    A config stands in the first of the rows that need it.
    """
    configs: dict[str, str] = {}
    found: dict[str, list[Assigned]] = {}
    for row in rows:
        if row["config"] is not None:
            configs[row["config_hash"]] = row["config"]
        rotation = row["script_checksum"] and {
            "id": row["rotation_id"],
            "version": row["rotation_version"],
            "checksum": row["script_checksum"],
        }
        chunk = {
            "chunkId": row["chunk_id"],
            "attemptToken": row["attempt_token"],
            "iterations": row["iterations"],
            "seedOffset": row["seed_offset"],
            "configHash": row["config_hash"],
            "rotation": rotation,
        }
        found.setdefault(row["public_key"], []).append(Assigned(chunk, configs.get(row["config_hash"])))
    return found
