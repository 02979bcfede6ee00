"""What is measured: each work is timed for several runners in turn; the first is what the others are held to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from bench import upgrade
from bench.contender import WORKERS, Chunk, Contender
from bench.stages import Stages


@dataclass(frozen=True)
class Sizes:
    """How much of everything: the figures to show, or a taste that takes seconds.

    Attributes:
        chunks: how many are drained, assigned, reaped.
        history: finished chunks beside which some works are done.
        repetitions: scales the works' own numbers; 0 asks for two of each.
    """

    chunks: int = 10_000
    history: int = 1_000_000
    repetitions: float = 1.0


QUICK = Sizes(chunks=500, history=20_000, repetitions=0)

Sample = Callable[[], float]


@dataclass(frozen=True)
class Work:
    """One line of the report.

    Attributes:
        name: for `--only`.
        title: what is done, for people.
        unit: `ms` if the figure is the time of the whole, `/s` if it is chunks each second.
        repetitions: of every runner, in turn.
        runners: the names of the runners, floor first, and what each of them does; seconds for each chunk.
        chunks: how many chunks one sample handles.
        aim: what the last runner's median ratio to the first should not exceed.
        aim_fair: the same, to the fair floor.
    """

    name: str
    title: str
    unit: str
    repetitions: int
    chunks: int
    runners: Callable[[Stages], Sequence[tuple[str, Sample]]]
    aim: float | None = None
    aim_fair: float | None = None


def works(sizes: Sizes) -> list[Work]:
    """All works, in the order in which they are measured."""
    return [
        *(_create(sizes, chunks, repetitions, aim) for chunks, repetitions, aim in CREATE),
        *(_drain(sizes, one_job=one, batch=batch) for batch in (50, 1) for one in (False, True)),
        _flat(sizes),
        _assign(sizes, "assign", "assign at once, 1,000 nodes", "fleet"),
        _assign(sizes, "assign-hundreds", "assign by the hundred, 1,000 nodes", "fleet", limit=100),
        _assign(sizes, "assign-history", f"assign at once beside {sizes.history:,} finished", "history"),
        _growth(sizes),
        _reap(sizes),
        _drain(sizes, one_job=False, batch=50, snapshot=True),
        Work("upgrade", "upgrade an empty platform to head", "ms", _scaled(5, sizes), 1, upgrade.runners),
    ]


CREATE = ((10, 200, 2.2), (1000, 40, 1.8), (10_000, 12, 1.8))


def _create(sizes: Sizes, chunks: int, repetitions: int, aim: float) -> Work:
    def sample(contender: Contender) -> float:
        create = contender.creation(chunks)
        return _timed(create)

    return Work(
        f"create-{chunks}",
        f"create {chunks:,} chunks",
        "ms",
        _scaled(repetitions, sizes),
        chunks,
        _of_all("create", sample),
        aim,
        1.1,
    )


def _drain(sizes: Sizes, *, one_job: bool, batch: int, snapshot: bool = False) -> Work:
    jobs = 1 if one_job else sizes.chunks // 10

    def sample(contender: Contender) -> float:
        contender.fill(jobs, sizes.chunks // jobs)
        for number in range(WORKERS):
            contender.worker(number)
        with ThreadPoolExecutor(WORKERS) as pool:
            seconds = _timed(lambda: list(pool.map(partial(_work, contender, batch, one_job), range(WORKERS))))
        if contender.unfinished():
            raise RuntimeError(f"{contender.name} left {contender.unfinished()} chunks unfinished")
        return seconds

    name = f"drain-{'one' if one_job else 'many'}-{batch}"
    title = f"claim + complete, {'one job' if one_job else 'many jobs'}, {batch} at a time"
    if snapshot:
        name, title = "snapshot", f"{title}, a snapshot held"
    aims = {(False, 50): 1.5, (True, 50): 1.3, (False, 1): 1.2, (True, 1): 1.2}
    return Work(
        name,
        title,
        "/s",
        _scaled(7 if batch > 1 else 3, sizes),
        sizes.chunks,
        _of_all("snapshot" if snapshot else "drain", sample),
        None if snapshot else aims[one_job, batch],
    )


def _work(contender: Contender, batch: int, one_job: bool, worker: int) -> None:
    session = contender.worker(worker)
    while chunks := contender.claim(session, batch, worker):
        contender.complete(session, chunks, one_job=one_job)


def _flat(sizes: Sizes) -> Work:
    """Completion alone, by tens, of a hundred jobs of ten and of one large job; each finishes what it started."""

    def sample(ours: Contender, jobs: int, chunks: int) -> float:
        ours.fill(jobs, chunks)
        session, spent = ours.worker(0), 0.0
        while claimed := ours.claim(session, 10, 0):
            spent += _timed(partial(ours.complete, session, claimed))
        return spent * sizes.chunks / (jobs * chunks)

    def runners(stages: Stages) -> Sequence[tuple[str, Sample]]:
        ours = stages.ours("drain")
        return [
            ("N = 10", partial(sample, ours, 100, 10)),
            (f"N = {sizes.chunks:,}", partial(sample, ours, 1, sizes.chunks)),
        ]

    return Work(
        "flat",
        f"complete a chunk of a job of {sizes.chunks:,}, over one of 10",
        "/s",
        _scaled(3, sizes),
        sizes.chunks,
        runners,
        1.1,
    )


def _assign_all(sizes: Sizes, limit: int, contender: Contender) -> float:
    contender.fill(100, sizes.chunks // 100)
    session = contender.worker(0)
    assigned: list[Chunk] = []

    def assign() -> None:
        while len(assigned) < sizes.chunks and (some := contender.claim(session, limit)):
            assigned.extend(some)

    seconds = _timed(assign)
    if len(assigned) != sizes.chunks:
        raise RuntimeError(f"{contender.name} assigned {len(assigned)} of {sizes.chunks} chunks")
    _finish(contender, assigned)
    return seconds


def _assign(sizes: Sizes, name: str, title: str, stage: str, limit: int | None = None) -> Work:
    sample = partial(_assign_all, sizes, limit or sizes.chunks)
    return Work(name, title, "ms", _scaled(5, sizes), sizes.chunks, _of_all(stage, sample), 3.0)


def _growth(sizes: Sizes) -> Work:
    def runners(stages: Stages) -> Sequence[tuple[str, Sample]]:
        return [
            (title, partial(_assign_all, sizes, sizes.chunks, stages.ours(stage)))
            for title, stage in (("without", "fleet"), ("with history", "history"))
        ]

    title = f"assign at once, with {sizes.history:,} finished over without"
    return Work("assign-growth", title, "ms", _scaled(5, sizes), sizes.chunks, runners, 1.1)


def _reap(sizes: Sizes) -> Work:
    def sample(contender: Contender) -> float:
        contender.fill(100, sizes.chunks // 100)
        session = contender.worker(0)
        while contender.claim(session, sizes.chunks):
            pass
        contender.age()
        reaped = 0

        def reap() -> None:
            nonlocal reaped
            while reaped < sizes.chunks and (some := contender.reap(session)):
                reaped += some

        seconds = _timed(reap)
        if reaped != sizes.chunks:
            raise RuntimeError(f"{contender.name} reaped {reaped} of {sizes.chunks} chunks")
        while claimed := contender.claim(session, sizes.chunks):
            _finish(contender, claimed)
        return seconds

    title = f"reap {sizes.chunks:,} stale beside {sizes.history:,} finished"
    return Work("reap", title, "ms", _scaled(5, sizes), sizes.chunks, _of_all("history", sample), 1.4)


def _finish(contender: Contender, chunks: Sequence[Chunk]) -> None:
    """So that the next repetition starts with nothing unfinished, and with a little more history."""
    for start in range(0, len(chunks), 1000):
        contender.complete(contender.worker(1), chunks[start : start + 1000])


def _of_all(stage: str, sample: Callable[[Contender], float]) -> Callable[[Stages], Sequence[tuple[str, Sample]]]:
    return lambda stages: [(contender.name, partial(sample, contender)) for contender in stages.contenders(stage)]


def _scaled(repetitions: int, sizes: Sizes) -> int:
    return max(2, round(repetitions * sizes.repetitions))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
