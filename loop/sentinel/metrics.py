"""What an operator can read off a sentinel: Prometheus metrics, and the figures of /status."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from loop.sentinel.database import Database

# How many chunks wait, how many run, how many nodes are there.
_COUNTS = """
select
  (select count(*) from public.jobs_chunks as c where c.status = 'pending' and c.node_id is null) as chunks_pending,
  (select count(*) from public.jobs_chunks as c where c.status = 'running') as chunks_running,
  (select count(*) from public.nodes as n where n.status = 'online') as nodes_online
"""
# Seconds for which counts hold: anybody may ask for them, and counting a long queue is work.
_FRESH = 5.0
# Seconds for which whoever asks for them waits.
COUNTING = 3.0

Counts = dict[str, int]


class Metrics:
    """One sentinel's metrics, in a registry of their own: several sentinels may share a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges = {
            name: Gauge(f"loop_{name}", text, registry=self.registry)
            for name, text in (
                ("chunks_pending", "Chunks that wait to be assigned"),
                ("chunks_running", "Chunks that nodes are computing"),
                ("nodes_online", "Nodes that are online"),
            )
        }
        self._leader = Gauge("loop_leader", "Whether this sentinel leads", registry=self.registry)
        self._assigned = Counter("loop_chunks_assigned", "Chunks assigned by this sentinel", registry=self.registry)
        self._reaped = Counter("loop_chunks_reaped", "Chunks taken back by this sentinel", registry=self.registry)
        self._reported = {
            "completed": Counter("loop_chunks_completed", "Results accepted", registry=self.registry),
            "failed": Counter("loop_chunks_failed", "Failures accepted", registry=self.registry),
        }
        self._unsigned = Counter("loop_unsigned_requests", "Requests without signature", registry=self.registry)
        self._requests = Histogram(
            "loop_request_seconds",
            "Time to answer a request; heartbeats that wait for work are a route of their own",
            ["route", "status"],
            registry=self.registry,
        )
        self._passes = Histogram("loop_pass_seconds", "Time of an assignment pass", registry=self.registry)

    def passed(self, seconds: float, assigned: int) -> None:
        """An assignment pass has ended."""
        self._passes.observe(seconds)
        self._assigned.inc(assigned)

    def reaped(self, chunks: int) -> None:
        """Stale chunks were taken back."""
        self._reaped.inc(chunks)

    def reported(self, what: str) -> None:
        """A result ("completed") or a failure ("failed") was accepted."""
        self._reported[what].inc()

    def unsigned(self) -> None:
        """A request came without signature."""
        self._unsigned.inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).observe(seconds)

    def text(self, counts: Counts | None, *, leader: bool) -> bytes:
        """All of it in Prometheus' text format; gauges of which nothing is known are NaN."""
        for name, gauge in self._gauges.items():
            gauge.set(counts[name] if counts else float("nan"))
        self._leader.set(leader)
        return generate_latest(self.registry)


class Census:
    """Counts chunks and nodes, at most every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counts = {}
        self._taken_at = float("-inf")
        self._counting: asyncio.Task[None] | None = None

    async def counts(self) -> Counts | None:
        """`chunks_pending`, `chunks_running`, `nodes_online`; None if the database takes longer than `COUNTING`."""
        if time.monotonic() - self._taken_at <= _FRESH:
            return self._counts
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())
        # Not cancelled when it is late: that alone may take as long again.
        done, _ = await asyncio.wait({self._counting}, timeout=COUNTING)
        return self._counts if done and self._counting.exception() is None else None

    async def _count(self) -> None:
        [self._counts] = await self._database.rows(_COUNTS, {})
        self._taken_at = time.monotonic()
