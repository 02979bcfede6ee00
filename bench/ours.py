"""The job system, through the functions that the portal and the sentinel call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from itertools import count

import psycopg

from bench.contender import HISTORY_CHUNKS_OF_A_JOB, RESULT_TEXT, WORKERS, Chunk, Contender, number
from dbtools.postgres.shadow import Shadow

USERS = 100
FLEET = 1000


class Ours(Contender):
    """The job system, called as the portal and the sentinel call it.

    Args:
        shadow: the server.
        database: one at head, without nodes, jobs and users.
        fleet: a thousand nodes of a hundred owners and jobs of every access type; otherwise four public nodes, one for
            each worker, and public jobs.
    """

    name = "ours"

    NODES = """
        insert into public.nodes (
          id, user_id, public_key, status, last_seen_at, max_parallel, total_cores, quota
        )
        -- Seen tomorrow: no heartbeat interferes. And with all its room earned, as nodes have before long.
        select gen_random_uuid(), u.id, 'node ' || g, 'online', now() + interval '1 day', %(capacity)s, 64,
          %(capacity)s
        from generate_series(0, %(nodes)s - 1) as g
        inner join unnest(%(users)s::uuid[]) with ordinality as u (id, place) on u.place = g %% %(owners)s + 1"""
    # A fleet in quarters: for the owner alone, for all, for the next owner's jobs, for a guild. Which quarter an
    # owner's node is in changes from node to node.
    PERMISSIONS = """
        insert into public.nodes_permissions (node_id, access_type, target_id)
        select p.id, p.kind,
          case p.kind when 'user' then p.neighbour::text when 'guild' then 'guild' || p.owner %% 10 end
        from (
          select
            n.id, (n.number %% %(owners)s)::integer as owner,
            (%(users)s::uuid[])[(n.number + 1) %% %(owners)s + 1] as neighbour,
            case when %(fleet)s then (array[null, 'public', 'user', 'guild'])[(n.number / %(owners)s) %% 4 + 1]
              else 'public' end as kind
          from (select id, substr(public_key, 6)::integer as number from public.nodes) as n
        ) as p
        where p.kind is not null"""
    # The other sides of these permissions say yes, and the guilds know the users of their jobs.
    CONSENT = """
        with accepted as (
          insert into public.nodes_acceptances (user_id, node_id)
          select p.target_id::uuid, p.node_id from public.nodes_permissions as p where p.access_type = 'user'
        )
        insert into public.guilds_members (guild_id, user_id)
        select 'guild' || g, u.id from unnest(%(users)s::uuid[]) as u (id) cross join generate_series(0, 9) as g
        where %(fleet)s"""
    # Counted as ever, and never reached.
    RATES = "update private.settings set jobs_per_minute = 1000000000, chunks_per_hour = 1000000000"
    HISTORY = """
        with config as (
          insert into public.jobs_configs (hash, config)
          select 'history ' || g, '{"specId": 577}' from generate_series(1, %(chunks)s / %(each)s) as g
          returning hash, substr(hash, 9)::integer as place
        ),
        job as (
          insert into public.jobs (
            user_id, config_hash, total_iterations, completed_iterations, status, result, completed_at, access_type
          )
          select (%(users)s::uuid[])[c.place %% cardinality(%(users)s) + 1], c.hash, 1000 * %(each)s, 1000 * %(each)s,
            'completed', %(result)s::jsonb, now(), 'public'
          from config as c
          returning id, config_hash, substr(config_hash, 9)::integer as place
        ),
        node as (select id, row_number() over () as place, count(*) over () as nodes from public.nodes)
        insert into public.jobs_chunks (
          job_id, config_hash, iterations, seed_offset, status, node_id, claimed_at, completed_at, attempts,
          attempt_token, result
        )
        select
          j.id, j.config_hash, 1000, 1000 * g, 'completed', n.id, now() - interval '1 day', now() - interval '1 day', 1,
          gen_random_uuid(), %(result)s::jsonb
        from job as j
        cross join generate_series(0, %(each)s - 1) as g
        inner join node as n on n.place = (j.place + g) %% n.nodes + 1"""

    def __init__(self, shadow: Shadow, database: str, *, fleet: bool) -> None:
        super().__init__(shadow, database)
        self.fleet = fleet
        self.users = [str(uuid.uuid4()) for _ in range(USERS)]
        self.admin.cursor().executemany(
            "insert into auth.users (id, email) values (%s, %s)",
            [(user, f"{user}@example.test") for user in self.users],
        )
        facts = {
            "users": self.users,
            "owners": USERS if fleet else 1,
            "nodes": FLEET if fleet else WORKERS,
            "capacity": 20 if fleet else 64,
            "fleet": fleet,
        }
        self.admin.execute(self.NODES, facts)
        self.admin.execute(self.PERMISSIONS, facts)
        self.admin.execute(self.CONSENT, facts)
        self.admin.execute(self.RATES)
        self.nodes = [row[0] for row in self.admin.execute("select id::text from public.nodes order by public_key")]
        self.made = count()
        self.portal = psycopg.connect(self.url, autocommit=True)
        self.portal.execute("set role authenticated")
        # The sentinel listens, so notifications have somebody to wake.
        self.listener = psycopg.connect(self.url, autocommit=True)
        self.listener.execute("listen pending_chunk")
        self.opened += [self.portal, self.listener]

    def session(self) -> psycopg.Connection:
        """The sentinel's."""
        connection = super().session()
        connection.execute("set role service_role")
        return connection

    def creation(self, chunks: int) -> Callable[[], object]:
        """`create_job` with a config of its own, by a user who has not just created one."""
        number = next(self.made)
        user = number % USERS
        self.portal.execute(
            "select set_config('request.jwt.claims', %s, false)",
            [json.dumps({"sub": self.users[user], "role": "authenticated"})],
        )
        config = json.dumps({"specId": 577, "targets": 1 + number % 8, "fightSeconds": 300, "name": f"bench {number}"})
        access = ("private", "public", "user", "discord")[user % 4] if self.fleet else "public"
        guild = f"guild{user % 10}" if access == "discord" else None
        return lambda: self.portal.execute(
            "select public.create_job(%s::jsonb, %s, %s, %s)", [config, 1000 * chunks, access, guild]
        ).fetchone()

    def fill(self, jobs: int, chunks: int) -> None:
        """Through `create_job`."""
        self.portal.execute("set synchronous_commit = off")
        for _ in range(jobs):
            self.creation(chunks)()
        self.portal.execute("reset synchronous_commit")
        # Whoever never reads holds up the server when the line is full, and with it whoever waits for all its sessions.
        for _ in self.listener.notifies(timeout=0):
            pass

    def claim(self, session: psycopg.Connection, limit: int, worker: int | None = None) -> Sequence[Chunk]:
        """`assign_chunks`, for the worker's node or for all."""
        return session.execute(
            "select chunk_id::text, node_id::text, attempt_token::text, iterations "
            "from public.assign_chunks(%s, %s::uuid)",
            [limit, None if worker is None else self.nodes[worker]],
        ).fetchall()

    def complete(self, session: psycopg.Connection, chunks: Sequence[Chunk], *, one_job: bool = False) -> None:
        """`complete_chunks` with tokens; the aggregate is always kept, exact."""
        del one_job
        entries = ",".join(
            f'{{"chunkId":"{chunk}","nodeId":"{node}","attemptToken":"{token}","result":{RESULT_TEXT}}}'
            for chunk, node, token, _ in chunks
        )
        answers = session.execute(
            "select outcome, reason from public.complete_chunks(%s::jsonb)", [f"[{entries}]"]
        ).fetchall()
        if any(outcome != "accepted" for outcome, _ in answers) or len(answers) != len(chunks):
            raise RuntimeError(f"not all of {len(chunks)} results were accepted: {set(answers)}")

    def reap(self, session: psycopg.Connection) -> int:
        """`reap_stale_chunks`."""
        return number(session.execute("select public.reap_stale_chunks()"))

    def age(self) -> None:
        """All of a running chunk's times move, whatever they are called."""
        [(assignments,)] = self.admin.execute(
            "select string_agg(format('%1$I = %1$I - interval ''2 days''', attname), ', ') from pg_attribute "
            "where attrelid = 'public.jobs_chunks'::regclass and atttypid = 'timestamptz'::regtype "
            "and attnum > 0 and not attisdropped"
        ).fetchall()
        self.admin.execute(f"update public.jobs_chunks set {assignments} where status = 'running'")  # noqa: S608

    def add_history(self, chunks: int) -> None:
        """Finished chunks of finished jobs, spread over all users and nodes."""
        facts = {"chunks": chunks, "each": HISTORY_CHUNKS_OF_A_JOB, "users": self.users, "result": RESULT_TEXT}
        self.admin.execute(self.HISTORY, facts)

    def unfinished(self) -> int:
        """Counted by status."""
        return number(self.admin.execute("select count(*) from public.jobs_chunks where status <> 'completed'"))
