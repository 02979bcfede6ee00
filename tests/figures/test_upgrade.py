"""Upgrades beside others: two runners at once, and a reader behind a blocker and an upgrade."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dbtools import alembic_env
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from tests.conftest import Connect
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS, FULL
from tests.support.repository import Repository
from tests.support.system import WAITING, value, wait_until

LOCK_TIMEOUT = 0.5


def test_of_two_runners_started_together_one_applies_and_none_fails(
    shadow: Shadow, project: Project, tmp_path: Path, connect: Connect, figure: Figure
) -> None:
    repository = Repository.create(tmp_path, project)
    repository.add("0001", "create table public.t (a int);")
    repository.add("0002", "create index concurrently i on public.t (a);")
    repository.add("0003", "insert into public.t values (3);")
    failed = not_exactly_one = wrong = 0
    for _ in range(COUNTS.runner_pairs):
        url = shadow.create()
        runners = [repository.start("upgrade", "head", url=url) for _ in range(2)]
        said = [runner.communicate(timeout=120)[1] for runner in runners]
        failed += sum(runner.returncode != 0 for runner in runners)
        not_exactly_one += sum("upgraded to 0003" in each for each in said) != 1
        wrong += value(connect(url), "select count(*) from public.t") != 1
    figure(
        "one upgrade at a time",
        f"two runners started together, {COUNTS.runner_pairs} times",
        failed=failed,
        not_applied_by_exactly_one=not_exactly_one,
        applied_twice_or_never=wrong,
    )


def test_a_reader_waits_no_longer_than_the_lock_timeout(
    shadow: Shadow, project: Project, tmp_path: Path, connect: Connect, figure: Figure
) -> None:
    repository = Repository.create(tmp_path, project)
    repository.set(lock_timeout=f"{LOCK_TIMEOUT * 1000:.0f}ms", lock_retries=50)
    repository.add("0001", "create table public.t (a int);")
    url = shadow.create()
    alembic_env.upgrade(repository.project, url)
    repository.add("0002", "alter table public.t add column b int;")
    blocker, reader, observer = connect(url, autocommit=False), connect(url), connect(url)
    blocker.execute("select from public.t")

    waits = []
    with ThreadPoolExecutor() as pool:
        upgrade = pool.submit(alembic_env.upgrade, repository.project, url)
        wait_until(observer, WAITING, 1)
        blocked = time.monotonic()
        while not upgrade.done():
            started = time.monotonic()
            reader.execute("select from public.t")
            waits.append(time.monotonic() - started)
            if time.monotonic() - blocked > COUNTS.blocked_seconds:
                blocker.rollback()
    longest = max(waits)
    figure(
        "DDL stalls no reader",
        f"a blocker for {COUNTS.blocked_seconds:g} s, lock_timeout {LOCK_TIMEOUT * 1000:.0f} ms: the longest of "
        f"{len(waits):,} reads beside the upgrade took {longest * 1000:.0f} ms",
        failed_upgrades=int(upgrade.exception() is not None),
        # A machine with other things to do is late for reasons of its own; the full run is made on a quiet one.
        stalled_reads=sum(wait > LOCK_TIMEOUT + 0.1 for wait in waits) if FULL else 0,
    )
