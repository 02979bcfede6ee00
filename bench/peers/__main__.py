"""`make bench`: ours, the floor and other queues in turn, on one server; writes docs/performance.md."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import bench.ours
from bench.__main__ import say
from bench.peers import drive, page
from bench.peers.ours import Ours
from bench.peers.packages import Graphile, PgBoss, Pgmq, UnavailableError, fetch
from bench.peers.queue import Floor, Queue
from bench.peers.wire import Session, WireError
from bench.stages import SETTINGS
from dbtools import alembic_env
from dbtools.errors import ShadowError
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project

PAGE = Path(__file__).parents[2] / "docs/performance.md"
# Longer than that no work goes on, but each is measured once.
BUDGET = 3600.0

Planned = tuple[str, str, float, float, drive.Work]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: says only that it runs, and writes no page")
    parser.add_argument("--only", action="append", metavar="WORK", help="one work (repeat it); writes no page")
    parser.add_argument("--repetitions", type=int, default=5, help="of each work for each queue (default 5)")
    parser.add_argument("--chunks", type=int, default=10_000, help="to drain and to rescue (default 10000)")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds after which no repetition begins")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all samples")
    arguments = parser.parse_args(argv)
    chunks, repetitions = (200, 1) if arguments.quick else (arguments.chunks, arguments.repetitions)
    works = [work for work in _works(chunks, arguments.quick) if not arguments.only or work[0] in arguments.only]
    started, load = time.time(), os.getloadavg()[0]
    try:
        fetch()
    except UnavailableError as missing:
        say(f"not all packages are here: {missing}")
    with ExitStack() as stack:
        shadow = _server()
        shadow.server.settings.update(SETTINGS)
        stack.enter_context(shadow)
        queues = _queues(shadow, stack)
        lines = _measure(works, queues, repetitions, started + arguments.budget)
        [(queue, url), *_] = queues
        del queue
        version = Session(url).value("show server_version")
    fewest = min(len(samples) for line in lines for samples in line.samples.values())
    facts = {
        "measured": time.strftime("%d %B %Y", time.gmtime(started)),
        "machine": f"{os.cpu_count()} processors, {platform.machine()}, {platform.system()} {platform.release()}",
        "others on it": f"load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end (four of it the bench)",
        "Postgres": f"{version}, {', '.join(f'{k} {v}' for k, v in SETTINGS.items())}, fsync and autovacuum on",
        "client": f"Python {platform.python_version()} on libpq, statements prepared, on the same machine",
        "repetitions": f"{fewest}, interleaved; {chunks:,} chunks by fifties, {chunks // 5:,} one at a time",
    }
    if arguments.json:
        arguments.json.write_text(page.as_json(lines))
    path = Path(os.devnull) if arguments.quick or arguments.only else PAGE
    page.write(path, lines, facts, [(queue.name, queue.version, queue.keeps) for queue, _ in queues])
    for line in lines:
        said = {name: median(line.ratios(name, "seconds")) for name in line.samples if name != "floor"}
        print(f"{line.title}: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in said.items()))
    return 0


def _works(chunks: int, quick: bool) -> list[Planned]:
    sizes = [(10, 100, 2.2, 1.5), (1000, 10, 1.8, 1.2), (10_000, 2, 1.8, 1.2)]
    return [
        *(
            (f"create-{n}", f"create {n:,}", must, aim, partial(drive.create, chunks=n, calls=2 if quick else calls))
            for n, calls, must, aim in sizes[: 2 if quick else 3]
        ),
        *(
            (
                f"{'many' if jobs > 1 else 'one'}-{batch}",
                f"{'many jobs' if jobs > 1 else 'one job'}, {batch} at a time",
                must,
                aim,
                partial(drive.drain, chunks=some, batch=batch, jobs=min(jobs, some // 10)),
            )
            for jobs, batch, must, aim in (
                (100, 1, 1.3, 1.0),
                (100, 50, 1.8, 1.3),
                (1, 1, 1.2, 1.0),
                (1, 50, 1.6, 1.2),
            )
            for some in [chunks if batch > 1 else chunks // 5]
        ),
        ("rescue", f"rescue {chunks:,}", 1.4, 1.2, partial(drive.rescue, chunks=chunks)),
    ]


def _server() -> Shadow:
    try:
        binaries(15)
    except ShadowError:
        return Shadow(durable=True, port=0)
    # What production runs.
    return Shadow(major=15, durable=True, port=0)


def _queues(shadow: Shadow, stack: ExitStack) -> list[tuple[Queue, str]]:
    """Each with its database, ready; who cannot be had is said, and left out."""
    alembic_env.upgrade(Project.find(Path(__file__).parent), shadow.create("ours"))
    system = bench.ours.Ours(shadow, "ours", fleet=False)
    stack.callback(system.close)
    there: list[tuple[Queue, str]] = []
    for queue in (Floor(), Ours(system), Pgmq(), Graphile(), PgBoss()):
        if queue.name != "ours":
            shadow.create(queue.name)
        url = shadow.url(queue.name, user=ADMIN, tcp=True)
        try:
            session = Session(url)
            queue.install(session, url)
            queue.prepare(session)
            session.close()
        except (UnavailableError, WireError) as missing:
            say(f"{queue.name} is left out: {missing}")
            continue
        there.append((queue, url))
    return there


def _measure(
    works: Sequence[Planned], queues: Sequence[tuple[Queue, str]], repetitions: int, end: float
) -> list[page.Line]:
    samples: dict[str, dict[str, list[drive.Sample]]] = {
        work: {queue.name: [] for queue, _ in queues} for work, *_ in works
    }
    gone: set[tuple[str, str]] = set()
    gc.disable()
    for repetition in range(repetitions):
        for name, _, _, _, work in works:
            if repetition and time.time() > end:
                break
            # Nobody is always the first.
            turn = repetition % len(queues)
            for queue, url in (*queues[turn:], *queues[:turn]):
                if (name, queue.name) in gone:
                    continue
                try:
                    samples[name][queue.name].append(work(queue, url))
                except (drive.WrongError, WireError) as wrong:
                    if queue.name in ("floor", "ours"):
                        raise
                    # What is wrong is no figure.
                    gone.add((name, queue.name))
                    samples[name][queue.name].clear()
                    say(f"{name}: {queue.name} is left out: {wrong}")
            said = {queue: 1e6 * taken[-1].seconds for queue, taken in samples[name].items() if taken}
            say(f"{repetition + 1}, {name}, µs a chunk: " + ", ".join(f"{k} {v:.1f}" for k, v in said.items()))
    kept = {name: {q: s for q, s in by.items() if s} for name, by in samples.items()}
    return [page.Line(name, title, must, aim, kept[name]) for name, title, must, aim, _ in works]


if __name__ == "__main__":
    sys.exit(main())
