"""A server that is stopped the hard way, and nodes that go with what they hold, lose and double nothing."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.test_work import exact
from tests.support.system import (
    assign,
    change_settings,
    complete,
    create_job,
    entry,
    new_node,
    new_user,
    result,
    rows,
    value,
)

WORKERS = 6
JOBS = 5


@pytest.fixture
def durable(project: Project) -> Iterator[tuple[Shadow, str]]:
    with Shadow(durable=True) as server:
        url = server.create()
        alembic_env.upgrade(project, url)
        yield server, url


class Load:
    """Workers that assign and complete until every job has ended, however often they lose the server.

    `accepted` holds the result of each chunk whose acceptance was heard; `lost_nodes` counts what was abandoned.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.lock = threading.Lock()
        self.accepted: dict[str, float] = {}
        self.twice = 0
        self.lost_nodes = 0
        self.over = threading.Event()

    def work(self, seed: int) -> None:
        draw = random.Random(seed)
        while not self.over.is_set():
            try:
                with psycopg.connect(self.url, autocommit=True) as conn:
                    while not self.over.is_set():
                        self.one_round(conn, draw)
            except psycopg.OperationalError:
                time.sleep(0.02)  # the server is down

    def one_round(self, conn: psycopg.Connection, draw: random.Random) -> None:
        chunks = assign(conn, draw.randint(1, 6))
        if not chunks:
            value(conn, "select public.reap_stale_chunks()")
            time.sleep(0.02)
            return
        with self.lock:
            abandon = self.lost_nodes < COUNTS.lost_nodes and draw.random() < 0.25
            self.lost_nodes += abandon
        if abandon:
            return
        means = [draw.uniform(1e4, 1e5) for _ in chunks]
        sent = [entry(chunk, **result(chunk["iterations"], mean)) for chunk, mean in zip(chunks, means, strict=True)]
        for answer, mean in zip(complete(conn, sent), means, strict=True):
            if answer["outcome"] == "accepted":
                with self.lock:
                    self.twice += str(answer["chunk_id"]) in self.accepted
                    self.accepted[str(answer["chunk_id"])] = mean


def test_crashes_under_load_lose_no_chunk_and_count_none_twice(durable: tuple[Shadow, str], figure: Figure) -> None:
    server, url = durable
    load = Load(url)
    with psycopg.connect(url, autocommit=True) as db:
        # What is abandoned comes back soon, and as often as it takes: the limit of attempts is not the matter here.
        change_settings(db, chunk_size=10, stale_after="1 second", max_attempts=100)
        user = new_user(db)
        for _ in range(WORKERS):
            new_node(db, user, capacity=16)
        for _ in range(JOBS):
            create_job(db, user, 10 * COUNTS.crash_chunks // JOBS)

    with ThreadPoolExecutor(WORKERS) as pool:
        working = [pool.submit(load.work, seed) for seed in range(WORKERS)]
        try:
            for n in range(COUNTS.crashes):
                reach(load, COUNTS.crash_chunks * (n + 1) // (COUNTS.crashes + 2))
                server.server.stop(immediate=True)
                server.server.start()
            wait_for_the_end(url)
        finally:
            load.over.set()
    for worker in working:
        worker.result()

    with psycopg.connect(url, autocommit=True) as db:
        chunks = rows(db, "select job_id, id::text, status, result from public.jobs_chunks")
        jobs = rows(db, "select id, status, completed_iterations = total_iterations as whole, result from public.jobs")
    wrong = 0
    for one in jobs:
        offline = exact([chunk["result"] for chunk in chunks if chunk["job_id"] == one["id"]])
        wrong += not one["whole"] or {key: one["result"].get(key) for key in offline} != offline
    stored = {chunk["id"]: chunk["result"]["meanDps"] for chunk in chunks}
    figure(
        "crash-safe",
        f"server stopped `immediate` {COUNTS.crashes} times under load, {load.lost_nodes} nodes lost with their chunks",
        jobs_not_ended=sum(one["status"] != "completed" for one in jobs),
        accepted_results_lost=sum(stored[chunk] != mean for chunk, mean in load.accepted.items()),
        counted_twice=load.twice,
        jobs_with_a_wrong_sum=wrong,
    )


def reach(load: Load, accepted: int) -> None:
    deadline = time.monotonic() + 120
    while len(load.accepted) < accepted:
        assert time.monotonic() < deadline, "the work does not go on"
        time.sleep(0.002)


def wait_for_the_end(url: str) -> None:
    deadline = time.monotonic() + 300
    with psycopg.connect(url, autocommit=True) as db:
        while value(db, "select count(*) from public.jobs where status in ('pending', 'running')"):
            assert time.monotonic() < deadline, "a job hangs"
            time.sleep(0.05)
