"""The works, each measured for one queue: what it takes in time, processor time of the server, and WAL."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier

from bench.peers.ours import Ours
from bench.peers.queue import Queue
from bench.peers.wire import Session

WORKERS = 4
PATIENCE = 300.0

# Children inherit what is prepared in memory; nothing has threads here.
_processes = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Sample:
    """What one piece of work took, for each chunk.

    Attributes:
        seconds: from the first call to the last answer.
        processor: seconds that the server's processes of these sessions computed.
        wal: bytes.
    """

    seconds: float
    processor: float
    wal: float


class WrongError(RuntimeError):
    """The work was done, but not all of it or not as it should be."""


def create(queue: Queue, url: str, chunks: int, calls: int) -> Sample:
    """So many calls that create so many chunks each; into an empty queue, plans made."""
    session = _session(queue, url)
    queue.clear(session)
    for call in range(6):
        _sign_in(queue, session, call)
        queue.create(session, min(chunks, 10))
    queue.clear(session)
    session.script("checkpoint")
    seconds = processor = 0.0
    start = _wal(session)
    for call in range(calls):
        _sign_in(queue, session, call)
        used, began = session.processor(), time.perf_counter()
        queue.create(session, chunks)
        seconds += time.perf_counter() - began
        processor += session.processor() - used
    wal = _wal(session) - start
    if (there := session.value(queue.WAITING)) != str(chunks * calls):
        raise WrongError(f"{there} chunks wait, not {chunks * calls}")
    session.close()
    each = chunks * calls
    return Sample(seconds / each, processor / each, wal / each)


def drain(queue: Queue, url: str, chunks: int, batch: int, jobs: int) -> Sample:
    """Four processes claim and complete until nothing is left; the results' sum is checked."""
    counted = jobs == 1
    session = _session(queue, url)
    queue.clear(session)
    queue.fill(session, chunks, jobs)
    session.script("analyze")
    session.script("checkpoint")
    told: SimpleQueue[tuple[float, float, float, int, str]] = _processes.SimpleQueue()
    shared = _Drain(queue, url, batch, counted, _processes.Value("q", chunks), _processes.Barrier(WORKERS), told)
    workers = [_processes.Process(target=_work, args=(shared, worker)) for worker in range(WORKERS)]
    start = _wal(session)
    for worker in workers:
        worker.start()
    said = [told.get() for _ in workers]
    for worker in workers:
        worker.join()
    wal = _wal(session) - start
    if faults := [fault for *_, fault in said if fault]:
        raise WrongError(faults[0])
    if problem := queue.problem(session, chunks, sum(total for _, _, _, total, _ in said), counted):
        raise WrongError(problem)
    session.close()
    seconds = max(end for _, end, *_ in said) - min(begun for begun, *_ in said)
    return Sample(seconds / chunks, sum(processor for _, _, processor, *_ in said) / chunks, wal / chunks)


def rescue(queue: Queue, url: str, chunks: int) -> Sample:
    """All of them running, claimed long ago, then the queue's own way to take them back."""
    session = _session(queue, url)
    queue.clear(session)
    queue.fill(session, chunks, 1)
    queue.abandon(session)
    session.script("vacuum analyze")
    session.script("checkpoint")
    start, used, began = _wal(session), session.processor(), time.perf_counter()
    queue.rescue(session)
    seconds, processor = time.perf_counter() - began, session.processor() - used
    wal = _wal(session) - start
    # Of pgmq, what was read again waits for nobody else: its rescue is the read.
    if queue.name != "pgmq" and (there := session.value(queue.WAITING)) != str(chunks):
        raise WrongError(f"{there} chunks wait, not {chunks}")
    session.close()
    return Sample(seconds / chunks, processor / chunks, wal / chunks)


@dataclass(frozen=True)
class _Drain:
    """What the workers of one drain share."""

    queue: Queue
    url: str
    batch: int
    counted: bool
    left: Synchronized[int]
    ready: Barrier
    told: SimpleQueue[tuple[float, float, float, int, str]]


def _work(drain: _Drain, worker: int) -> None:
    try:
        drain.told.put((*_turns(drain, worker), ""))
    except Exception as error:
        drain.ready.abort()
        drain.told.put((0.0, 0.0, 0.0, 0, f"{type(error).__name__}: {error}"))


def _turns(drain: _Drain, worker: int) -> tuple[float, float, float, int]:
    """When it began and ended, the server's processor seconds, and the sum of the figures that it reported."""
    session = _session(drain.queue, drain.url, worker)
    drain.ready.wait(60)
    used, begun = session.processor(), time.perf_counter()
    total, place, end = 0, worker, begun
    while drain.left.value > 0:
        if time.perf_counter() > begun + PATIENCE:
            raise WrongError(f"not done after {PATIENCE} s, {drain.left.value} left")
        chunks = drain.queue.claim(session, drain.batch)
        if not chunks:
            time.sleep(0.001)
            continue
        figures = [(place + number) % 7 + 1 for number in range(len(chunks))]
        place += len(chunks)
        done = drain.queue.complete(session, chunks, figures, drain.counted)
        if done != len(chunks):
            raise WrongError(f"{done} of {len(chunks)} were completed")
        total += sum(figures)
        end = time.perf_counter()
        with drain.left.get_lock():
            drain.left.value -= done
    processor = session.processor() - used
    session.close()
    return begun, end, processor, total


def _session(queue: Queue, url: str, seat: int = 0) -> Session:
    session = Session(url)
    if isinstance(queue, Ours):
        queue.sit(seat)
    queue.prepare(session)
    return session


def _sign_in(queue: Queue, session: Session, call: int) -> None:
    if isinstance(queue, Ours):
        queue.sign_in(session, call)


def _wal(session: Session) -> int:
    return int(session.value("select pg_current_wal_insert_lsn() - '0/0'"))


Work = Callable[[Queue, str], Sample]
