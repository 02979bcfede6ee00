"""`python -m bench.growth`: what a call costs as tables grow, in processor time of one session.

Claims and completions by fifties and one at a time, and creations of ten chunks, with so many finished chunks in the
table and so many jobs open. The first line is the least of both; the others are times it. The disk is not waited for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles

import bench.ours
from bench.__main__ import say
from bench.peers.__main__ import _server
from bench.peers.ours import Ours
from bench.peers.wire import Session
from bench.stages import SETTINGS
from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project

FINISHED = (10_000, 100_000, 1_000_000)
OPEN = (10, 1_000, 100_000)
# Of each of the users in turn; each job has ten chunks, and the first hundred have enough for all rounds.
JOBS = """
with config as (
  insert into public.jobs_configs (hash, config)
  select 'open ' || g, '{"specId": 577}' from generate_series(1, %(jobs)s) as g on conflict do nothing
),
job as (
  insert into public.jobs (user_id, config_hash, total_iterations, access_type)
  select (%(users)s::uuid[])[g %% cardinality(%(users)s) + 1], 'open ' || g, 1000 * e.chunks, 'public'
  from generate_series(1, %(jobs)s) as g
  cross join lateral (
    select case when g <= 100 then greatest(4000 / least(%(jobs)s, 100), 10) else 10 end as chunks
  ) as e
  returning id, user_id, config_hash, total_iterations
)
insert into public.jobs_chunks (job_id, user_id, pool, config_hash, iterations, seed_offset)
select j.id, j.user_id, 'public', j.config_hash, 1000, o
from job as j cross join generate_series(0, j.total_iterations - 1, 1000) as o"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--finished", type=int, nargs="+", default=FINISHED, metavar="CHUNKS")
    parser.add_argument("--open", type=int, nargs="+", default=OPEN, metavar="JOBS")
    arguments = parser.parse_args(argv)
    places = [(arguments.finished[0], jobs) for jobs in arguments.open]
    places += [(finished, arguments.open[0]) for finished in arguments.finished[1:]]
    shadow = _server()
    shadow.server.settings.update({**SETTINGS, "synchronous_commit": "off"})
    base: dict[str, float] = {}
    print("| finished chunks | open jobs | create 10 | claim 50 | complete 50 | claim 1 | complete 1 |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    with shadow:
        alembic_env.upgrade(Project.find(Path(__file__).parent), shadow.create("head"))
        for place, (finished, jobs) in enumerate(places):
            say(f"{finished:,} finished chunks, {jobs:,} open jobs")
            spent = _measure(shadow, f"grown{place}", finished, jobs, arguments.rounds)
            base = base or spent
            cells = [f"{1e6 * spent[k]:.0f} µs" if base is spent else f"{spent[k] / base[k]:.2f}" for k in spent]
            print(f"| {finished:,} | {jobs:,} | " + " | ".join(cells) + " |", flush=True)
    return 0


def _measure(shadow: Shadow, database: str, finished: int, jobs: int, rounds: int) -> dict[str, float]:
    """Seconds of processor time a call, lower quartiles, as what else the machine does only makes them longer."""
    shadow.create(database, template="head")
    system = bench.ours.Ours(shadow, database, fleet=False)
    system.add_history(finished)
    system.admin.execute(JOBS, {"jobs": jobs, "users": system.users})
    system.admin.execute("update private.settings set max_open_jobs_per_user = 1000000")
    system.admin.execute("vacuum analyze")
    queue, session = Ours(system), Session(shadow.url(database, user=ADMIN, tcp=True))
    queue.prepare(session)
    queue.sit(0)
    spent: dict[str, list[float]] = {
        name: [] for name in ("create 10", "claim 50", "complete 50", "claim 1", "complete 1")
    }

    def time(name: str, call: Callable[[], object]) -> None:
        before = session.processor()
        call()
        spent[name].append(session.processor() - before)

    # The first ones make the plans.
    for turn in range(5 + rounds):
        queue.sign_in(session, turn)
        time("create 10", lambda: queue.create(session, 10))
        for batch in (50, 1):
            chunks: list[tuple[bytes, ...]] = []
            time(f"claim {batch}", lambda: chunks.extend(queue.claim(session, batch)))  # noqa: B023
            if len(chunks) != batch:
                raise RuntimeError(f"{len(chunks)} chunks were claimed, not {batch}")
            time(f"complete {batch}", lambda: queue.complete(session, chunks, [1] * batch, False))  # noqa: B023
    session.close()
    system.close()
    return {name: quantiles(taken[5:], n=4)[0] for name, taken in spent.items()}


if __name__ == "__main__":
    sys.exit(main())
