"""Chunks are handed out once each, and what comes back adds up exactly."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import partial

import psycopg
import pytest

from tests.conftest import Connect
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.support.system import (
    Row,
    assign,
    change_settings,
    complete,
    create_job,
    entry,
    job,
    new_node,
    new_user,
    result,
    together,
    value,
)

OVERFILLED = """
select count(*) from public.nodes as n
where least(n.max_parallel, n.total_cores)
  < (select count(*) from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running')
"""
WRITERS = 8


def exact(parts: list[Row]) -> Row:
    """The aggregate in fractions of the very decimals that were sent; a double is only made of the end."""

    def number(part: Row, key: str) -> Fraction:
        return Fraction(Decimal(json.dumps(part[key])))

    total = sum(part["iterations"] for part in parts)
    mean = sum(part["iterations"] * number(part, "meanDps") for part in parts) / Fraction(total)
    square = sum(part["iterations"] * (number(part, "stdDps") ** 2 + number(part, "meanDps") ** 2) for part in parts)
    return {
        # Results are rounded to fifteen digits.
        "meanDps": pytest.approx(float(mean), rel=6e-15),
        "stdDps": pytest.approx(math.sqrt(square / total - mean**2), rel=6e-15),
        "minDps": min(part["minDps"] for part in parts),
        "maxDps": max(part["maxDps"] for part in parts),
        "totalIterations": total,
        "chunksCompleted": len(parts),
    }


def test_workers_racing_for_chunks_never_share_or_lose_one(
    db: psycopg.Connection, head_url: str, connect: Connect, figure: Figure
) -> None:
    change_settings(db, chunk_size=10)
    user = new_user(db)
    made = [create_job(db, user, 10 * COUNTS.chunks // 10)["jobId"] for _ in range(10)]
    for capacity in (1, 3, 8, 16, 32, 64):
        new_node(db, user, capacity=capacity)
    deadline = time.monotonic() + 600
    overfilled = 0
    handed_out: list[str] = []  # list.append and += are atomic

    def worker(conn: psycopg.Connection, limit: int) -> None:
        nonlocal overfilled
        while len(handed_out) < COUNTS.chunks:
            assert time.monotonic() < deadline, "chunks are lost"
            mine = assign(conn, limit)
            handed_out.extend(str(chunk["chunk_id"]) for chunk in mine)
            overfilled += value(conn, OVERFILLED)
            complete(conn, [entry(chunk) for chunk in mine])

    together(head_url, connect, *[partial(worker, limit=5 + 2 * n) for n in range(COUNTS.workers)])
    unfinished = "select count(*) from public.jobs where status <> 'completed' or completed_iterations <> %s"
    figure(
        "exclusive assignment",
        f"{COUNTS.workers} workers x {COUNTS.chunks:,} chunks",
        twice=sum(count > 1 for count in Counter(handed_out).values()),
        lost=COUNTS.chunks - len(set(handed_out)),
        overfilled_nodes=overfilled,
        unfinished_jobs=value(db, unfinished, COUNTS.chunks)
        + len(made)
        - value(db, "select count(*) from public.jobs"),
    )


def test_racing_completions_add_up_exactly(
    db: psycopg.Connection, head_url: str, connect: Connect, figure: Figure
) -> None:
    change_settings(db, chunk_size=10, jobs_per_minute=0)
    user = new_user(db)
    new_node(db, user, capacity=4 * WRITERS)
    start = threading.Barrier(WRITERS)
    rounds: list[tuple[str, list[Row]]] = []  # of each: its job, and the chunks to report
    accepted: list[dict[str, Row]] = [{} for _ in range(COUNTS.aggregate_rounds)]
    twice = 0

    def writer(conn: psycopg.Connection, which: int) -> None:
        nonlocal twice
        draw = random.Random(which)
        for n in range(COUNTS.aggregate_rounds):
            if which == 0:
                made = create_job(conn, user, 10 * 4 * WRITERS - 3)["jobId"]
                rounds.append((made, assign(conn)))
            start.wait(60)
            chunks = rounds[n][1]
            # Every chunk is reported by two writers with different numbers: the accepted one counts.
            reports = chunks[4 * which :][:4] + chunks[4 * (which - 1) % len(chunks) :][:4]
            draw.shuffle(reports)
            for some in (reports[:3], reports[3:5], reports[5:]):
                parts = [result(c["iterations"], draw.uniform(9e4, 1.1e5), draw.uniform(1, 9e3)) for c in some]
                sent = [entry(chunk, **part) for chunk, part in zip(some, parts, strict=True)]
                for answer, part in zip(complete(conn, sent), parts, strict=True):
                    if answer["outcome"] == "accepted":
                        twice += str(answer["chunk_id"]) in accepted[n]
                        accepted[n][str(answer["chunk_id"])] = part
            start.wait(60)

    together(head_url, connect, *[partial(writer, which=n) for n in range(WRITERS)])
    drifted = wrong = 0
    for (made, _), parts in zip(rounds, accepted, strict=True):
        done = job(db, made)
        drifted += (done["status"], done["completed_iterations"]) != ("completed", 10 * 4 * WRITERS - 3)
        offline = exact(list(parts.values()))
        wrong += {key: done["result"].get(key) for key in offline} != offline
    figure(
        "exact aggregates",
        f"{COUNTS.aggregate_rounds} rounds x {WRITERS} writers, each chunk reported twice",
        drifted_jobs=drifted,
        counted_twice=twice,
        results_unlike_the_offline_sum=wrong,
    )
