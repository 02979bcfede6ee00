"""The floors: the least that the same work can cost, as one plain statement for each operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import psycopg

from bench.contender import HISTORY_CHUNKS_OF_A_JOB, RESULT_TEXT, Chunk, Contender, number
from dbtools.postgres.shadow import Shadow

HERE = Path(__file__).parent


class Floor(Contender):
    """The least that the same work can cost: one plain statement for each operation, given by the subclass."""

    INSERT: ClassVar[str]
    CLAIM: ClassVar[str]
    COMPLETE: ClassVar[str]
    COMPLETE_AND_COUNT: ClassVar[str]
    REAP: ClassVar[str]
    AGE: ClassVar[str]
    HISTORY: ClassVar[str]
    UNFINISHED: ClassVar[str]

    def creation(self, chunks: int) -> Callable[[], object]:
        """One `insert … select generate_series`."""
        session = self.worker(0)
        return lambda: session.execute(self.INSERT, [chunks])

    def fill(self, jobs: int, chunks: int) -> None:
        """Not through the workers, so that no prepared plan of theirs comes from here."""
        for _ in range(jobs):
            self.admin.execute(self.INSERT, [chunks])

    def claim(self, session: psycopg.Connection, limit: int, worker: int | None = None) -> Sequence[Chunk]:
        """The worker does not matter: here everybody may run everything."""
        del worker
        return session.execute(self.CLAIM, [limit]).fetchall()

    def complete(self, session: psycopg.Connection, chunks: Sequence[Chunk], *, one_job: bool = False) -> None:
        """One update by id, and in the same statement the counter of the one job."""
        ids = [chunk[0] for chunk in chunks]
        statement = self.COMPLETE_AND_COUNT if one_job else self.COMPLETE
        session.execute(statement, {"ids": ids, "results": [RESULT_TEXT] * len(ids), "job": chunks[0][1]})

    def reap(self, session: psycopg.Connection) -> int:
        """One update."""
        return session.execute(self.REAP).rowcount

    def age(self) -> None:
        """By an update of the time of claiming."""
        self.admin.execute(self.AGE)

    def add_history(self, chunks: int) -> None:
        """Inserted as finished."""
        self.admin.execute(self.HISTORY, {"chunks": chunks, "each": HISTORY_CHUNKS_OF_A_JOB, "result": RESULT_TEXT})

    def unfinished(self) -> int:
        """Counted by status."""
        return number(self.admin.execute(self.UNFINISHED))


class Bare(Floor):
    """One narrow table with a primary key and two partial indexes; for one job, one counter in a second table."""

    name = "bare"
    INSERT = """
        insert into bare.chunks (job_id, iterations, seed_offset)
        select 1, 1000, 1000 * g from generate_series(0, %s - 1) as g"""
    CLAIM = """
        update bare.chunks set status = 'running', claimed_at = now()
        where id = any(array(
          select id from bare.chunks where status = 'pending' order by created_at limit %s for update skip locked
        ))
        returning id, job_id, iterations, seed_offset"""
    _UPDATE = """
        update bare.chunks as c set status = 'completed', completed_at = now(), result = r.result
        from unnest(%(ids)s::uuid[], %(results)s::jsonb[]) as r (id, result)
        where c.id = any(%(ids)s::uuid[]) and c.id = r.id"""
    COMPLETE = _UPDATE
    COMPLETE_AND_COUNT = f"""
        with done as ({_UPDATE} returning c.iterations)
        update bare.jobs set completed_iterations = completed_iterations + (select sum(iterations) from done)
        where id = %(job)s"""  # noqa: S608
    REAP = """
        update bare.chunks set status = 'pending', claimed_at = null
        where status = 'running' and claimed_at < now() - interval '5 minutes'"""
    AGE = "update bare.chunks set claimed_at = claimed_at - interval '2 days' where status = 'running'"
    HISTORY = """
        insert into bare.chunks (job_id, iterations, seed_offset, status, claimed_at, completed_at, result)
        select 1, 1000, 1000 * g, 'completed', now(), now(), %(result)s::jsonb
        from generate_series(1, %(chunks)s) as g"""
    UNFINISHED = "select count(*) from bare.chunks where status <> 'completed'"

    def __init__(self, shadow: Shadow, database: str) -> None:
        super().__init__(shadow, database)
        self.admin.execute((HERE / "bare.sql").read_bytes())


class Fair(Floor):
    """The same statements over our own tables: all columns and foreign keys, and of the rest what `Bare` has too.

    The database is one of ours at head, stripped of triggers, checks, storage options and all indexes but the keys.
    """

    name = "fair"
    INSERT = """
        with job as (
          insert into public.jobs (user_id, config_hash, total_iterations, access_type)
          select u.id, 'floor', 1000, 'public' from auth.users as u limit 1 returning id
        )
        insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset)
        select j.id, 'floor', 1000, 1000 * g from job as j cross join generate_series(0, %s - 1) as g"""
    CLAIM = """
        update public.jobs_chunks set
          status = 'running', node_id = '00000000-0000-0000-0000-000000000001', claimed_at = now(),
          attempt_token = gen_random_uuid(), attempts = attempts + 1
        where id = any(array(
          select id from public.jobs_chunks where status = 'pending' order by created_at limit %s
          for update skip locked
        ))
        returning id, job_id, iterations, seed_offset"""
    _UPDATE = """
        update public.jobs_chunks as c set status = 'completed', completed_at = now(), result = r.result
        from unnest(%(ids)s::uuid[], %(results)s::jsonb[]) as r (id, result)
        where c.id = any(%(ids)s::uuid[]) and c.id = r.id"""
    COMPLETE = _UPDATE
    COMPLETE_AND_COUNT = f"""
        with done as ({_UPDATE} returning c.iterations)
        update public.jobs set completed_iterations = completed_iterations + (select sum(iterations) from done)
        where id = %(job)s"""  # noqa: S608
    REAP = """
        update public.jobs_chunks set status = 'pending', node_id = null, claimed_at = null
        where status = 'running' and claimed_at < now() - interval '5 minutes'"""
    AGE = "update public.jobs_chunks set claimed_at = claimed_at - interval '2 days' where status = 'running'"
    HISTORY = """
        with job as (
          insert into public.jobs (user_id, config_hash, total_iterations, completed_iterations, status, access_type)
          select u.id, 'floor', 1000 * %(each)s, 1000 * %(each)s, 'completed', 'public'
          from auth.users as u cross join generate_series(1, %(chunks)s / %(each)s)
          returning id
        )
        insert into public.jobs_chunks (
          job_id, config_hash, iterations, seed_offset, status, node_id, claimed_at, completed_at, result
        )
        select
          j.id, 'floor', 1000, 1000 * g, 'completed', n.id, now(), now(), %(result)s::jsonb
        from job as j cross join generate_series(0, %(each)s - 1) as g cross join public.nodes as n"""
    UNFINISHED = "select count(*) from public.jobs_chunks where status <> 'completed'"

    def __init__(self, shadow: Shadow, database: str) -> None:
        super().__init__(shadow, database)
        self.admin.execute((HERE / "fair.sql").read_bytes())
