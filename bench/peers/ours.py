"""The job system, called as the portal and the sentinel call it, beside the other queues."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import bench.ours
from bench.peers.queue import Queue
from bench.peers.wire import Row, Session

USERS = 20


class Ours(Queue):
    """`create_job`, `assign_chunks`, `complete_chunks` with tokens, `reap_stale_chunks`.

    Each session claims for a node of its own. Chunks have users who take turns, tokens, leases; jobs have exact
    aggregates, always.

    Args:
        system: nodes and users, made by the other bench.
    """

    name = "ours"
    keeps = "result, aggregate"
    UNFINISHED = "select count(*) from public.jobs_chunks where status <> 'completed'"
    WAITING = "select count(*) from public.jobs_chunks where status = 'pending'"
    SUM = """
        select sum((result ->> 'chunksCompleted')::bigint) || ' '
          || sum(round((result ->> 'meanDps')::numeric * (result ->> 'chunksCompleted')::bigint))
        from public.jobs where status = 'completed'"""

    def __init__(self, system: bench.ours.Ours) -> None:
        self.system = system
        self._node = b""
        self._configs = count()

    def install(self, session: Session, url: str) -> None:
        """It is there."""
        del url
        self.version = session.value("select version_num from private.alembic_version")

    def prepare(self, session: Session) -> None:
        """One call for each operation."""
        session.prepare("create", "select public.create_job($1::jsonb, $2::int, 'public')")
        session.prepare("claim", "select chunk_id, attempt_token, config from public.assign_chunks($1::int, $2::uuid)")
        session.prepare("complete", "select outcome from public.complete_chunks($1::jsonb)")
        session.prepare("rescue", "select public.reap_stale_chunks()")

    def clear(self, session: Session) -> None:
        """Truncated; and a node whose chunks were taken back has earned its room again."""
        session.script(
            "truncate public.jobs, public.jobs_chunks, public.jobs_configs cascade;"
            "update public.nodes set quota = max_parallel"
        )

    def create(self, session: Session, chunks: int) -> None:
        """`create_job`, with a config of its own."""
        config = b'{"specId": 577, "targets": 3, "name": "bench %d"}' % next(self._configs)
        session.run("create", config, b"%d" % (1000 * chunks))

    def sit(self, worker: int) -> None:
        """Which node claims."""
        self._node = self.system.nodes[worker].encode()

    def sign_in(self, session: Session, user: int) -> None:
        """Not timed: in production every request says who it is, whatever it asks."""
        claims = f'{{"sub": "{self.system.users[user % USERS]}", "role": "authenticated"}}'
        session.script(f"select set_config('request.jwt.claims', '{claims}', false)")

    def fill(self, session: Session, chunks: int, jobs: int) -> None:
        """Of twenty users in turn."""
        for job in range(jobs):
            self.sign_in(session, job)
            self.create(session, chunks // jobs)

    def claim(self, session: Session, limit: int) -> list[Row]:
        """`assign_chunks` for the session's node."""
        return session.rows("claim", b"%d" % limit, self._node)

    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """`complete_chunks`."""
        del counted
        entries = [
            b'{"chunkId":"%s","nodeId":"%s","attemptToken":"%s","result":{"meanDps":%d,"stdDps":1.5,"minDps":%d,'
            b'"maxDps":%d,"iterations":1000}}' % (chunk[0], self._node, chunk[1], figure, figure, figure)
            for chunk, figure in zip(chunks, figures, strict=True)
        ]
        answers = session.rows("complete", b"[" + b",".join(entries) + b"]")
        return sum(answer[0] == b"accepted" for answer in answers)

    def problem(self, session: Session, chunks: int, total: int, counted: bool) -> str:
        """By the jobs' own results, always."""
        del counted
        return super().problem(session, chunks, total, counted=False)

    def abandon(self, session: Session) -> None:
        """As if one node had had them, and its lease were over."""
        session.script(
            "update public.jobs_chunks set status = 'running', node_id = "
            f"'{self.system.nodes[0]}', claimed_at = now() - interval '1 hour', attempts = 1, "
            "lease_expires_at = now() - interval '50 minutes', attempt_token = gen_random_uuid()"
        )

    def rescue(self, session: Session) -> None:
        """Batch by batch."""
        while session.rows("rescue")[0][0] != b"0":
            pass
