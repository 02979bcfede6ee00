"""Any order of events leaves jobs, chunks and nodes as the model says; and from there every job comes to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dbtools.postgres.connection import acting_as
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.model import OPEN, Attempt, Job, Model, Node
from tests.figures.test_work import exact
from tests.support import system
from tests.support.system import Row, assign, change_settings, complete, create_job, new_node, new_user, service, value

T = TypeVar("T")

# Choices are numbers, taken modulo what there is: what there is depends on random ids, and choices may not.
CHOICE = st.integers(0, 999)
COUNT = st.integers(1, 5)
MOSTLY = st.sampled_from([True, True, False])
REPORTS = ("right", "right", "right", "without token", "wrong token", "wrong numbers")


def pick(things: Sequence[T], choice: int) -> T | None:
    return things[choice % len(things)] if things else None


class Lifecycle(RuleBasedStateMachine):
    """Every rule does one thing to the database and to the model; after each step both must be the same."""

    db: ClassVar[psycopg.Connection]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.db.execute(
            "truncate private.chunk_failures, public.jobs_chunks, public.jobs, public.nodes_permissions, "
            "public.nodes cascade"
        )
        self.model = Model(chunk_size=10, max_attempts=2, max_open_jobs=4)
        self.users = [new_user(self.db) for _ in range(2)]

    @initialize()
    def begin(self) -> None:
        """Where most of what can happen is near: a failed job, running chunks, pending chunks."""
        for user in (0, 1):
            self.add_node(user, 3, 1)
        self.create(0, 15, "private", 0)
        for _ in range(self.model.max_attempts):
            self.assign(12, 0)
            self.fail(0, 5, "right", True)
        for user in (0, 1):
            self.create(user, 35, "public", 0)
        self.assign(12, 0)

    # Users

    @rule(
        user=st.integers(0, 1),
        iterations=st.integers(1, 45),
        access=st.sampled_from(["private", "public", "user"]),
        repeat=CHOICE,
    )
    def create(self, user: int, iterations: int, access: str, repeat: int) -> None:
        owner = self.users[user]
        mine = [job for job in self.model.jobs.values() if job.user == owner]
        again = pick(mine, repeat) if repeat % 4 == 3 else None
        if again:
            made = create_job(self.db, owner, again.iterations, access=again.access, request=again.request)
            assert (made["jobId"], made["chunks"]) == (again.id, len(again.chunks))
            return
        request = str(uuid.uuid4())
        if not self.model.may_open_another(owner):
            self.refused("too_many_open_jobs", lambda: create_job(self.db, owner, iterations, request=request))
            return
        made = create_job(self.db, owner, iterations, access=access, request=request)
        job = Job(made["jobId"], owner, access, iterations, request)
        chunks = "select id::text, iterations from public.jobs_chunks where job_id = %s order by seed_offset"
        job.chunks = self.model.new_chunks(system.rows(self.db, chunks, job.id))
        assert sum(chunk.iterations for chunk in job.chunks) == iterations
        assert len(job.chunks) == made["chunks"] == -(-iterations // self.model.chunk_size)
        self.model.jobs[job.id] = job

    @rule(which=CHOICE, stranger=st.sampled_from([False, False, True]))
    def cancel(self, which: int, stranger: bool) -> None:
        if (job := pick(list(self.model.jobs.values()), which)) is None:
            return
        if stranger:
            self.refused("job_not_found", lambda: self.as_user(self.other(job.user), "cancel_job", job.id))
        elif job.status not in OPEN:
            self.refused("job_not_open", lambda: self.as_user(job.user, "cancel_job", job.id))
        else:
            answer = self.as_user(job.user, "cancel_job", job.id)
            assert answer == {"jobId": job.id, "status": "cancelled", "chunksCancelled": self.model.cancel(job)}

    @rule(which=CHOICE, failed=st.booleans(), stranger=st.sampled_from([False, False, False, True]))
    def retry(self, which: int, failed: bool, stranger: bool) -> None:
        jobs = list(self.model.jobs.values())
        if (job := pick([one for one in jobs if one.status == "failed"] if failed else jobs, which)) is None:
            return
        if stranger:
            self.refused("job_not_found", lambda: self.as_user(self.other(job.user), "retry_job", job.id))
        elif job.status != "failed":
            self.refused("job_not_failed", lambda: self.as_user(job.user, "retry_job", job.id))
        elif not self.model.may_open_another(job.user):
            self.refused("too_many_open_jobs", lambda: self.as_user(job.user, "retry_job", job.id))
        elif not job.chunks:
            self.refused("chunks_gone", lambda: self.as_user(job.user, "retry_job", job.id))
        else:
            answer = self.as_user(job.user, "retry_job", job.id)
            retried = self.model.retry(job)
            assert answer == {"jobId": job.id, "status": job.status, "chunksRetried": retried}

    @rule(user=st.integers(0, 1), capacity=st.integers(1, 3), allow=st.integers(0, 2))
    def add_node(self, user: int, capacity: int, allow: int) -> None:
        if len(self.model.nodes) >= 5:
            return
        owner = self.users[user]
        permission = (None, ("public", None), ("user", self.other(owner)))[allow]
        made = new_node(self.db, owner, capacity=capacity, allow=permission)
        key = value(self.db, "select public_key from public.nodes where id = %s", made)
        self.model.nodes[made] = Node(made, key, owner, capacity, permission, quota=capacity)

    # The scheduler and the nodes

    @rule(limit=st.integers(1, 12), only=CHOICE)
    def assign(self, limit: int, only: int) -> None:
        node = pick(list(self.model.nodes), only) if only % 3 == 2 else None
        given = assign(self.db, limit, node)
        assert len(given) <= limit
        for row in given:
            assert node in {None, str(row["node_id"])}
            chunk = self.model.chunks[str(row["chunk_id"])]
            self.model.assign(chunk, self.model.nodes[str(row["node_id"])], str(row["attempt_token"]))
        assert len(given) == limit or not self.model.assignable(node)

    @rule(which=CHOICE, count=COUNT, kind=st.sampled_from(REPORTS), mean=st.integers(1, 10**6), latest=MOSTLY)
    def complete(self, which: int, count: int, kind: str, mean: int, latest: bool) -> None:
        for attempt in self.some_attempts(which, count, latest=latest):
            numbers = system.result(attempt.chunk.iterations, mean / 7, mean / 70)
            if kind == "wrong numbers":
                numbers["stdDps"] = -1
            token = self.token(attempt, kind)
            expected = self.model.judge(attempt.chunk, attempt.node, token, valid=kind != "wrong numbers")
            entry = self.entry(attempt, token) | {"result": numbers}
            # The same twice in one report counts once.
            first, second = complete(self.db, [entry, entry])
            assert first["outcome"] == expected
            if expected == "accepted":
                self.model.complete(attempt.chunk, attempt.node, numbers)
            assert second["outcome"] == ("already_done" if expected == "accepted" else expected)
            self.check_answer(attempt, first)

    @rule(which=CHOICE, count=COUNT, kind=st.sampled_from(REPORTS[:-1]), latest=MOSTLY)
    def fail(self, which: int, count: int, kind: str, latest: bool) -> None:
        for attempt in self.some_attempts(which, count, latest=latest):
            token = self.token(attempt, kind)
            expected = self.model.judge(attempt.chunk, attempt.node, token)
            [answer] = system.fail(self.db, [self.entry(attempt, token) | {"error": "out of memory"}])
            assert answer["outcome"] == expected
            if expected == "accepted":
                self.model.fail(attempt.chunk)
            self.check_answer(attempt, answer)

    @rule(
        which=CHOICE,
        status=st.sampled_from(["online", "online", "offline"]),
        named=st.none() | st.lists(CHOICE, max_size=3),
    )
    def heartbeat(self, which: int, status: str, named: list[int] | None) -> None:
        if (node := pick(list(self.model.nodes.values()), which)) is None:
            return
        chunks = list(self.model.chunks)
        running = None if named is None or not chunks else [chunks[n % len(chunks)] for n in named]
        call = "select public.node_heartbeat(%s, %s, %s::uuid[]) as answer"
        [found] = service(self.db, call, node.key, status, running)
        assert set(found["answer"]["cancelled"]) == self.model.heartbeat(node, status, running)
        assert found["answer"]["status"] == status

    # Time

    @rule(which=CHOICE, count=COUNT, for_good=st.booleans())
    def leases_run_out(self, which: int, count: int, for_good: bool) -> None:
        running = [chunk for chunk in self.model.chunks.values() if chunk.status == "running"]
        for chunk in running[which % max(len(running), 1) :][:count]:
            chunk.lease_over, chunk.cap_over = True, chunk.cap_over or for_good
            past = "update public.jobs_chunks set lease_expires_at = now() - interval '1 second'"
            past += ", claimed_at = claimed_at - interval '1 day'" if for_good else ""
            self.db.execute((past + " where id = %s").encode(), [chunk.id])

    @rule(which=CHOICE, silence=st.sampled_from(["10 minutes", "31 days"]))
    def node_falls_silent(self, which: int, silence: str) -> None:
        if (node := pick(list(self.model.nodes.values()), which)) is None:
            return
        node.silent, node.long_gone = True, silence == "31 days"
        past = "update public.nodes set last_seen_at = now() - %s::interval where id = %s"
        self.db.execute(past, [silence, node.id])

    @rule(which=CHOICE)
    def job_ended_long_ago(self, which: int) -> None:
        ended = [job for job in self.model.jobs.values() if job.status not in OPEN]
        if (job := pick(ended, which)) is not None:
            job.long_ended = True
            past = "update public.jobs set completed_at = completed_at - interval '91 days' where id = %s"
            self.db.execute(past, [job.id])

    @rule(chore=st.sampled_from(["reap", "reap", "reap", "mark offline", "clean up"]))
    def do_a_chore(self, chore: str) -> None:
        if chore == "reap":
            [found] = service(self.db, "select public.reap_stale_chunks() as count")
            assert found["count"] == self.model.reap()
        elif chore == "mark offline":
            [found] = service(self.db, "select public.mark_nodes_offline() as count")
            assert found["count"] == self.model.mark_offline()
        else:
            [found] = service(self.db, "select public.cleanup_stale_data() as answer")
            assert (found["answer"]["offlineNodes"], found["answer"]["chunks"]) == self.model.cleanup()

    # What must hold

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        type(self).steps += 1
        jobs = system.rows(self.db, "select id::text, status, completed_iterations, result from public.jobs")
        assert {job["id"]: (job["status"], job["completed_iterations"]) for job in jobs} == {
            job.id: (job.status, job.completed) for job in self.model.jobs.values()
        }
        for job in jobs:
            known = self.model.jobs[job["id"]]
            if known.status in OPEN or not known.parts:
                assert job["result"] is None
            else:
                offline = exact(known.parts)
                assert {key: job["result"][key] for key in offline} == offline
        chunks = system.rows(
            self.db, "select id::text, status, node_id::text, attempts, attempt_token::text from public.jobs_chunks"
        )
        assert {row["id"]: tuple(row.values())[1:] for row in chunks} == {
            chunk.id: (chunk.status, chunk.node, chunk.attempts, chunk.token) for chunk in self.model.chunks.values()
        }
        nodes = system.rows(
            self.db,
            "select id::text, status, quota, coalesce(backoff_until > now(), false) as resting from public.nodes",
        )
        assert {row["id"]: (row["status"], row["quota"], row["resting"]) for row in nodes} == {
            n.id: (n.status, n.quota, n.resting) for n in self.model.nodes.values()
        }
        assert all(len(self.model.running_on(node)) <= node.capacity for node in self.model.nodes.values())

    def teardown(self) -> None:
        """No job hangs: with willing nodes, whatever is open ends within as many rounds as it has attempts."""
        for user in self.users:
            node = new_node(self.db, user, capacity=64)
            self.model.nodes[node] = Node(node, "", user, 64, None, quota=64)
        for _ in range(self.model.max_attempts + 1):
            for chunk in self.model.chunks.values():
                chunk.lease_over = chunk.lease_over or chunk.status == "running"
            self.db.execute("update public.jobs_chunks set lease_expires_at = '-infinity' where status = 'running'")
            self.do_a_chore("reap")
            self.assign(100, 0)
            for attempt in self.model.attempts[-200:]:
                if attempt.chunk.status == "running" and attempt.chunk.token == attempt.token:
                    numbers = system.result(attempt.chunk.iterations)
                    [answer] = complete(self.db, [self.entry(attempt, attempt.token) | {"result": numbers}])
                    assert answer["outcome"] == "accepted"
                    self.model.complete(attempt.chunk, attempt.node, numbers)
        self.the_database_is_as_the_model_says()
        assert not any(job.status in OPEN for job in self.model.jobs.values())

    # Short ways

    def other(self, user: str) -> str:
        return self.users[1 - self.users.index(user)]

    def as_user(self, user: str, function: str, job: str) -> Row:
        with acting_as(self.db, "authenticated", {"sub": user}):
            answer: Row = value(self.db, f"select public.{function}(%s)", job)
        return answer

    def refused(self, code: str, call: Callable[[], Any]) -> None:
        with pytest.raises(psycopg.Error) as caught:
            call()
        assert caught.value.diag.message_detail == code

    def some_attempts(self, which: int, count: int, *, latest: bool) -> list[Attempt]:
        """Some of those handed out: of all, or of those that still count."""
        counting = [one for one in self.model.attempts if one.token == one.chunk.token and one.chunk.status in OPEN]
        found = counting if latest else self.model.attempts
        return found[which % max(len(found), 1) :][:count]

    @staticmethod
    def token(attempt: Attempt, kind: str) -> str | None:
        return {"without token": None, "wrong token": str(uuid.uuid4())}.get(kind, attempt.token)

    @staticmethod
    def entry(attempt: Attempt, token: str | None) -> Row:
        made: Row = {"chunkId": attempt.chunk.id, "nodeId": attempt.node}
        return made | ({"attemptToken": token} if token else {})

    def check_answer(self, attempt: Attempt, answer: Row) -> None:
        known = attempt.chunk.id in self.model.chunks
        assert answer["job_complete"] == (known and self.model.job_of(attempt.chunk).status not in OPEN)


def test_any_order_of_events_ends_as_the_model_says(db: psycopg.Connection, figure: Figure) -> None:
    change_settings(db, chunk_size=10, max_attempts=2, max_open_jobs_per_user=4)
    Lifecycle.db = db
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=COUNTS.lives,
            stateful_step_count=COUNTS.steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    figure(
        "lifecycle",
        f"{COUNTS.lives:,} lives of up to {COUNTS.steps} events, {Lifecycle.steps:,} comparisons",
        divergences=0,
    )
