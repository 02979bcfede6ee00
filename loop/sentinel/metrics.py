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
# Seconds for which counts hold at the least, and how many times as long as counting took: anybody may ask for them, and
# counting a long queue is work, of which a hundredth of one connection's time is enough.
_FRESH = 5.0
_REST = 100.0
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
        self._children: dict[tuple[str, int], Histogram] = {}
        self._passes = Histogram("loop_pass_seconds", "Time of an assignment pass", registry=self.registry)

    def passed(self, seconds: float, assigned: int) -> None:
        """An assignment pass has ended."""
        self._passes.observe(seconds)
        self.assigned(assigned)

    def assigned(self, chunks: int) -> None:
        """Chunks were assigned, in a pass or beside one."""
        self._assigned.inc(chunks)

    def reaped(self, chunks: int) -> None:
        """Stale chunks were taken back."""
        self._reaped.inc(chunks)

    def reported(self, what: str, number: int) -> None:
        """So many results ("completed") or failures ("failed") were accepted."""
        self._reported[what].inc(number)

    def unsigned(self) -> None:
        """A request came without signature."""
        self._unsigned.inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        # Looking a child up by its labels costs more than counting in it.
        if (child := self._children.get((route, status))) is None:
            child = self._children[route, status] = self._requests.labels(route, str(status))
        child.observe(seconds)

    def text(self, counts: Counts | None, *, leader: bool) -> bytes:
        """All of it in Prometheus' text format; gauges of which nothing is known are NaN."""
        for name, gauge in self._gauges.items():
            gauge.set(counts[name] if counts else float("nan"))
        self._leader.set(leader)
        return generate_latest(self.registry)


class Census:
    """Counts chunks and nodes, at most every few seconds, and the more seldom the longer it takes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counts = {}
        self._fresh_until = float("-inf")
        self._counting: asyncio.Task[None] | None = None

    async def counts(self) -> Counts | None:
        """`chunks_pending`, `chunks_running`, `nodes_online`; None if the database takes longer than `COUNTING`."""
        if (counting := self._due()) is None:
            return self._counts
        # Not cancelled when it is late: that alone may take as long again.
        done, _ = await asyncio.wait({counting}, timeout=COUNTING)
        return self._counts if done and counting.exception() is None else None

    def known(self) -> Counts | None:
        """The latest counts, without waiting for newer ones, which are on their way if it is time; None at first."""
        self._due()
        return self._counts or None

    def _due(self) -> asyncio.Task[None] | None:
        """What is counting, if the counts are no longer fresh."""
        if time.monotonic() <= self._fresh_until:
            return None
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())
            # Nobody may be left to ask why it failed.
            self._counting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._counting

    async def _count(self) -> None:
        began = time.monotonic()
        [self._counts] = await self._database.rows(_COUNTS, {})
        ended = time.monotonic()
        self._fresh_until = ended + max(_FRESH, _REST * (ended - began))
