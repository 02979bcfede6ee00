"""What was just assigned, as the answers to the heartbeats that wait for it: nobody has to ask the database again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from loop.sentinel.heartbeats import Beat

# Bytes of configs in one such answer; private.settings never allows less.
MOST_INPUTS = 65_536


# With the assignment it commits to whom, for the heartbeats that wait at other sentinels; this one's are answered from
# the rows, so it passes over what has its own name in it. A notification holds 8,000 bytes, a key 44. Whether anything
# was assigned or not, the term is looked at; a config comes with the first of the chunks that need it. A job's columns
# are read by name: an older database, where a sentinel may have to lead before it is upgraded, has not all of them.
_ASSIGN = """
with assigned as materialized (
  select a.* from public.assign_chunks(%(limit)s) as a
),
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
_ASSIGNED = """
  as chunks
),
jobs as materialized (
  select j.id, to_jsonb(j) as job from public.jobs as j where j.id in (select a.job_id from assigned as a)
)
select
  d.chunks, a.*, j.job ->> 'rotation_id' as rotation_id, (j.job ->> 'rotation_version')::integer as rotation_version,
  j.job ->> 'script_checksum' as script_checksum
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
class Assigned:
    """A chunk that has just been assigned.

    Attributes:
        chunk: what a node is told of it, apart from its inputs.
        config: its config, as the database writes it; None if it is gone.
    """

    chunk: Mapping[str, Any]
    config: str | None


def assigning(fenced: Callable[[LiteralString], LiteralString]) -> LiteralString:
    """The statement that assigns; its parameters are `limit`, `term`, and `name`, the sentinel's own."""
    return _ASSIGN + fenced("(select count(*) from assigned)") + _ASSIGNED


def read(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Assigned]]:
    """The chunks by the public key of their node, from the rows of the assigning statement.

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


def answer_with(beat: Beat, known: str, assigned: Iterable[Assigned]) -> str | None:
    """The answer `known` with these chunks added; None if the node has to look for itself.

    It has to where it lacks a script, which only the database may read, or where its inputs would be too much at once.
    Configs are put in as text, digit for digit.
    """
    answer = json.loads(known)
    # What it holds besides was told as it stood when it asked; whether it still stands is not known here.
    if answer["chunks"] or answer["cancelled"]:
        return None
    chunks: list[str] = []
    configs: dict[str, str] = {}
    size = 0
    for one in assigned:
        rotation, hash_ = one.chunk["rotation"], one.chunk["configHash"]
        if one.config is None:
            return None
        if rotation and (beat.embed if beat.inputs is None else rotation["checksum"] not in beat.inputs):
            return None
        chunk = json.dumps(one.chunk)
        if beat.inputs is None:
            config = one.config if beat.embed else "null"
            size += len(config)
            chunk = f'{chunk[:-1]}, "config": {config}}}'
        elif hash_ not in beat.inputs and hash_ not in configs:
            configs[hash_] = one.config
            size += len(one.config)
        chunks.append(chunk)
    if size > MOST_INPUTS:
        return None
    if beat.inputs is not None:
        answer["scripts"] = {}
        answer.pop("configs")
    answer.pop("chunks")
    return "".join(
        (json.dumps(answer)[:-1], ', "chunks": [', ", ".join(chunks), "]", _configs(beat.inputs, configs), "}")
    )


def _configs(inputs: Sequence[str] | None, configs: Mapping[str, str]) -> str:
    if inputs is None:
        return ""
    return f', "configs": {{{", ".join(f"{json.dumps(hash_)}: {config}" for hash_, config in configs.items())}}}'
