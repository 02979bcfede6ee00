"""Creating a job is all or nothing, happens once, and keeps to the quota."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid

import psycopg

from tests.conftest import Connect
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.sessions import Sent
from tests.support.system import change_settings, create_job, new_user, row, together, value

ITERATIONS = 60_000
CHUNKS = 60
GATES = ("private.settings", "public.jobs_configs", "public.jobs", "public.jobs_chunks")

PARTIAL = """
select count(*) from public.jobs as j
where j.total_iterations <> (select coalesce(sum(c.iterations), 0) from public.jobs_chunks as c where c.job_id = j.id)
"""


def call(user: str, request: str) -> str:
    config = json.dumps({"by": user})
    return f"select public.create_job('{config}', {ITERATIONS}, p_request_id => '{request}')"


def test_a_backend_killed_at_any_point_leaves_no_partial_job(
    db: psycopg.Connection, head_url: str, connect: Connect, figure: Figure
) -> None:
    draw = random.Random(4)
    longest = 0.0  # of the last of a few calls, each the first of its session, as the victims' are
    for session in [connect(head_url) for _ in range(5)]:
        started = time.perf_counter()
        create_job(session, new_user(db), ITERATIONS)
        longest = time.perf_counter() - started
    longest *= 1.5
    partial_jobs = lost = undone = 0
    for n in range(COUNTS.kills):
        user, request = new_user(db), str(uuid.uuid4())
        victim = connect(head_url)
        gate = GATES[n % 8] if n % 8 < len(GATES) else None
        with db.transaction():
            if gate:
                # At the first touch of that table: the statements before it are done, the ones after it are not.
                db.execute(f"lock table {gate} in access exclusive mode".encode())
            running = Sent(victim, call(user, request), role="authenticated", user=user)
            if gate:
                running.settle(db)
            else:
                time.sleep(draw.uniform(0, longest))
            db.execute("select pg_terminate_backend(%s)", [running.pid])
        answered = running.finish() is None
        victim.close()
        running.wait_until_gone(db)

        whole = "select count(*), coalesce(sum(c.n), 0)::int as chunks from public.jobs as j cross join lateral "
        whole += "(select count(*) as n from public.jobs_chunks as k where k.job_id = j.id) as c where j.user_id = %s"
        left = row(db, whole, user)
        undone += left["count"] == 0
        partial_jobs += (left["count"], left["chunks"]) not in {(0, 0), (1, CHUNKS)}
        lost += answered and left["count"] == 0
        # Whatever had happened, the same request once more ends with the one whole job.
        again = create_job(db, user, ITERATIONS, config={"by": user}, request=request)
        partial_jobs += (again["chunks"], row(db, whole, user)["count"]) != (CHUNKS, 1)
    assert undone >= COUNTS.kills // 2
    partial_jobs += value(db, PARTIAL)
    figure(
        "atomic create",
        f"backend killed at any point, {COUNTS.kills:,} runs ({undone:,} left nothing)",
        partial_jobs=partial_jobs,
        answered_but_lost=lost,
    )


def test_racing_calls_with_one_request_id_make_one_job(
    db: psycopg.Connection, head_url: str, connect: Connect, figure: Figure
) -> None:
    users = [new_user(db) for _ in range(COUNTS.racing_rounds)]
    requests = [str(uuid.uuid4()) for _ in users]
    start = threading.Barrier(COUNTS.racing_calls)

    def caller(conn: psycopg.Connection) -> list[str]:
        made = []
        for user, request in zip(users, requests, strict=True):
            start.wait(60)
            made.append(create_job(conn, user, 3000, request=request)["jobId"])
        return made

    answers = together(head_url, connect, *[caller] * COUNTS.racing_calls)
    figure(
        "idempotent create",
        f"{COUNTS.racing_calls} racing calls with one request id x {COUNTS.racing_rounds} rounds",
        rounds_with_other_than_one_job=sum(len(set(answer)) != 1 for answer in zip(*answers, strict=True)),
        jobs_too_many=value(db, "select count(*) from public.jobs") - COUNTS.racing_rounds,
        partial_jobs=value(db, PARTIAL),
    )


def test_racing_calls_stay_within_the_quota(
    db: psycopg.Connection, head_url: str, connect: Connect, figure: Figure
) -> None:
    change_settings(db, max_open_jobs_per_user=5)
    users = [new_user(db) for _ in range(COUNTS.quota_rounds)]
    start = threading.Barrier(COUNTS.racing_calls)

    def attempt(conn: psycopg.Connection, user: str) -> str | None:
        try:
            create_job(conn, user, 2000)
        except psycopg.Error as error:
            return error.sqlstate
        return None

    def caller(conn: psycopg.Connection) -> list[str | None]:
        return [(start.wait(60), attempt(conn, user))[1] for user in users]

    answers = together(head_url, connect, *[caller] * COUNTS.racing_calls)
    refused = [state for answer in answers for state in answer if state is not None]
    beyond = "select count(*) from (select from public.jobs group by user_id having count(*) <> 5) as u"
    figure(
        "quotas",
        f"{COUNTS.racing_calls} racing calls against a quota of 5 x {COUNTS.quota_rounds} users",
        users_with_other_than_5_jobs=value(db, beyond),
        refusals_not_4xx=sum(not state.startswith("PT4") for state in refused),
        refusals_too_few=COUNTS.quota_rounds * (COUNTS.racing_calls - 5) - len(refused),
    )
