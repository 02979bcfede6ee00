"""What the job system promises, in plain Python: the model that the database is held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.support.system import Row

OPEN = ("pending", "running")


@dataclass
class Node:
    """A claimed node; `allow` is its permission beside its owner: None, ("public", None) or ("user", user).

    `quota` is how much it may hold, `step` how often in a row it failed with one, `resting` whether it is left alone.
    """

    id: str
    key: str
    owner: str
    capacity: int
    allow: tuple[str, str | None] | None
    status: str = "online"
    quota: int = 0
    step: int = 0
    resting: bool = False
    silent: bool = False
    long_gone: bool = False


@dataclass
class Chunk:
    """A chunk; `lease_over` and `cap_over`: its lease has run out, and no heartbeat may renew it."""

    id: str
    iterations: int
    status: str = "pending"
    node: str | None = None
    last_node: str | None = None
    token: str | None = None
    attempts: int = 0
    lease_over: bool = False
    cap_over: bool = False
    must_check: bool = False
    failed_on: set[str] = field(default_factory=set)
    result: Row | None = None


@dataclass
class Job:
    """A job and its chunks, which are gone once it has ended long ago."""

    id: str
    user: str
    access: str
    iterations: int
    request: str
    status: str = "pending"
    chunks: list[Chunk] = field(default_factory=list)
    completed: int = 0
    parts: list[Row] = field(default_factory=list)
    long_ended: bool = False


@dataclass
class Attempt:
    """What was handed out once: a chunk to a node, with a token; it may be reported at any later time."""

    chunk: Chunk
    node: str
    token: str


class Model:
    """All jobs, chunks and nodes, and what each event does to them."""

    def __init__(self, *, chunk_size: int, max_attempts: int, max_open_jobs: int) -> None:
        self.chunk_size, self.max_attempts, self.max_open_jobs = chunk_size, max_attempts, max_open_jobs
        self.jobs: dict[str, Job] = {}
        self.nodes: dict[str, Node] = {}
        self.attempts: list[Attempt] = []

    @property
    def chunks(self) -> dict[str, Chunk]:
        return {chunk.id: chunk for job in self.jobs.values() for chunk in job.chunks}

    def job_of(self, chunk: Chunk) -> Job:
        return next(job for job in self.jobs.values() if any(each is chunk for each in job.chunks))

    @staticmethod
    def new_chunks(rows: Iterable[Row]) -> list[Chunk]:
        return [Chunk(row["id"], row["iterations"]) for row in rows]

    def may_open_another(self, user: str) -> bool:
        return sum(job.user == user and job.status in OPEN for job in self.jobs.values()) < self.max_open_jobs

    # Scheduling

    def running_on(self, node: Node) -> list[Chunk]:
        return [chunk for chunk in self.chunks.values() if chunk.status == "running" and chunk.node == node.id]

    @staticmethod
    def is_there(node: Node) -> bool:
        return node.status == "online" and not node.silent

    def has_room(self, node: Node) -> bool:
        return self.is_there(node) and len(self.running_on(node)) < min(node.capacity, node.quota)

    def may_be_given(self, node: Node, chunk: Chunk, job: Job) -> bool:
        """May it run this one now, which it perhaps failed, and it perhaps is left alone?"""
        if node.resting:
            mates = [one for one in self.nodes.values() if one.owner == node.owner and one is not node]
            if job.user != node.owner or any(self.is_there(one) and not one.resting for one in mates):
                return False
        failed = chunk.failed_on | {chunk.last_node}
        return self.may_run(node, job) and not (
            node.id in failed
            and any(
                self.is_there(one) and one.id not in failed and self.may_run(one, job) for one in self.nodes.values()
            )
        )

    @staticmethod
    def may_run(node: Node, job: Job) -> bool:
        wanted = {"public": ("public", None), "user": ("user", job.user)}.get(job.access)
        return node.owner == job.user or (wanted is not None and node.allow == wanted)

    def assignable(self, only: str | None) -> bool:
        """Is there a pending chunk and a node that could take it?"""
        free = [node for node in self.nodes.values() if self.has_room(node) and only in {None, node.id}]
        return any(
            chunk.status == "pending" and any(self.may_be_given(node, chunk, job) for node in free)
            for job in self.jobs.values()
            for chunk in job.chunks
            if job.status in OPEN
        )

    def assign(self, chunk: Chunk, node: Node, token: str) -> None:
        job = self.job_of(chunk)
        assert job.status in OPEN
        assert chunk.status == "pending"
        assert self.may_be_given(node, chunk, job)
        assert self.has_room(node)
        chunk.must_check = node.step > 0 or node.quota < node.capacity
        chunk.status, chunk.node, chunk.token = "running", node.id, token
        chunk.attempts += 1
        chunk.lease_over = chunk.cap_over = False
        job.status = "running"
        self.attempts.append(Attempt(chunk, node.id, token))

    # Reports

    def judge(self, chunk: Chunk, node: str, token: str | None, *, valid: bool = True) -> str:
        if chunk.id not in self.chunks:
            return "invalid"
        if chunk.status == "completed":
            return "already_done"
        if chunk.status in {"failed", "cancelled"}:
            return "superseded"
        if not valid:
            return "invalid"
        if token is not None:
            return "accepted" if token == chunk.token else "superseded"
        return "accepted" if chunk.attempts and node == (chunk.node or chunk.last_node) else "superseded"

    def complete(self, chunk: Chunk, node: str, result: Row) -> None:
        job = self.job_of(chunk)
        chunk.status = "completed"
        if chunk.must_check and (known := self.nodes.get(node)):
            known.quota, known.step, known.resting = min(2 * known.quota, known.capacity), 0, False
        chunk.node = chunk.node or (node if node in self.nodes else None)
        job.completed += chunk.iterations
        job.parts.append({**result, "iterations": chunk.iterations})
        job.status = "running"
        self._end(job)

    def fail(self, chunk: Chunk) -> None:
        if chunk.status == "running" and chunk.node:
            chunk.failed_on.add(chunk.node)
            node = self.nodes[chunk.node]
            node.quota = max(node.quota // 2, 1)
            # Every attempt of the model is claimed after the failure before, or together with it, which only lengthens
            # the pause.
            node.step += 1
            node.resting = node.resting or node.quota == 1
            for other in self.running_on(node):
                other.must_check = True
            if chunk.attempts >= self.max_attempts and len(chunk.failed_on) > 1:
                for one in (self.nodes[each] for each in chunk.failed_on if each in self.nodes):
                    one.quota, one.step, one.resting = min(2 * one.quota, one.capacity), 0, False
        self._take_back(chunk)

    def _take_back(self, chunk: Chunk) -> None:
        chunk.status = "failed" if chunk.attempts >= self.max_attempts else "pending"
        chunk.node, chunk.last_node = None, chunk.node or chunk.last_node
        self._end(self.job_of(chunk))

    @staticmethod
    def _end(job: Job) -> None:
        statuses = {chunk.status for chunk in job.chunks}
        if statuses.isdisjoint(OPEN):
            job.status = "failed" if "failed" in statuses else "completed"

    # The owner

    def cancel(self, job: Job) -> int:
        job.status = "cancelled"
        ended = [chunk for chunk in job.chunks if chunk.status in OPEN]
        for chunk in ended:
            chunk.status = "cancelled"
        return len(ended)

    def retry(self, job: Job) -> int:
        job.status, job.long_ended = "running" if job.completed else "pending", False
        again = [chunk for chunk in job.chunks if chunk.status == "failed"]
        for chunk in again:
            chunk.status, chunk.attempts, chunk.token, chunk.last_node = "pending", 0, None, None
            chunk.failed_on.clear()
        return len(again)

    # Time

    def heartbeat(self, node: Node, status: str, running: list[str] | None) -> set[str]:
        """Returns the chunks that the node should drop."""
        node.status, node.silent, node.long_gone = status, False, False
        held = {chunk.id: chunk for chunk in self.running_on(node)}
        renewed: Iterable[str] = running if running is not None else held if status == "online" else ()
        for chunk in (held[one] for one in renewed if one in held):
            chunk.lease_over = chunk.lease_over and chunk.cap_over
        if running is not None:
            return set(running) - held.keys()
        return {c.id for c in self.chunks.values() if c.status == "cancelled" and c.node == node.id}

    def reap(self) -> int:
        over = [
            chunk
            for chunk in self.chunks.values()
            if chunk.status == "running" and (chunk.lease_over or chunk.node is None)
        ]
        for node in (self.nodes[each] for each in {chunk.node for chunk in over} if each in self.nodes):
            node.quota = max(node.quota // 2, 1)
        for chunk in over:
            if chunk.last_node and chunk.node and chunk.last_node != chunk.node:
                chunk.failed_on.add(chunk.last_node)
            self._take_back(chunk)
        return len(over)

    def mark_offline(self) -> int:
        silent = [node for node in self.nodes.values() if node.status == "online" and node.silent]
        for node in silent:
            node.status = "offline"
        return len(silent)

    def cleanup(self) -> tuple[int, int]:
        """Returns how many nodes and chunks go."""
        self.reap()
        gone = [node.id for node in self.nodes.values() if node.status == "offline" and node.long_gone]
        for chunk in self.chunks.values():
            if chunk.node in gone:
                if chunk.status == "running":  # the chunk is not to blame, so it may be tried once more
                    chunk.status, chunk.last_node = "pending", chunk.node
                chunk.node = None
        for node_id in gone:
            del self.nodes[node_id]
        removed = 0
        for job in self.jobs.values():
            if job.long_ended and job.status not in OPEN:
                removed += len(job.chunks)
                job.chunks = []
        return len(gone), removed
