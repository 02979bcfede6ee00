"""`python -m bench.diff`: `dbtools diff` beside one pg_dump of the same database, `dbtools plan` beside the upgrade.

The database has 300 tables with functions and policies. `diff` runs with a head that an earlier command has kept, and
with one that it has to build (DBTOOLS_CACHE=off). The plan is of ten revisions that make, change and fill something.
Everything is a command as from a shell, start of Python included, in turns; printed are medians and the ratios of
each round. `--profile` prints where a `diff` in this process spends its time instead.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from bench.pull import schema
from dbtools import alembic_env
from dbtools.diff import diff
from dbtools.init import init
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import Shadow
from dbtools.project import URL_VARIABLE, Project
from dbtools.pull import PullOptions, pull

TABLES, ROUNDS = 300, 3
REVISION = """
from dbtools.revision import frozen

revision, down_revision = "{0:04}", "{1:04}"
upgrade, downgrade = frozen(__file__)
"""
STEP = """
alter table public.t{n} add note text not null default '-', add constraint long check (length(note) < 100);
create table public.more{n} (id integer primary key, of uuid references public.t{n}, at date);
create index more{n}_at on public.more{n} (at);
insert into public.more{n} (id) select i from generate_series(1, 100) as i;
create or replace function public.f{n}(p_id uuid, p_note text default 'x') returns boolean
  language sql as 'select true';
"""


def live_and_project(server: Shadow, folder: Path) -> tuple[str, Project]:
    """A database that people use, and its project, pulled from it."""
    url = server.create()
    with psycopg.connect(url) as connection:
        connection.execute(schema(TABLES, TABLES, TABLES).encode())
    init(folder)
    project = Project.find(folder)
    pull(url, project.migrations, options=PullOptions(objects_in=project))
    command.stamp(alembic_env.config(project, url), "head")
    return url, project


def add_revisions(project: Project) -> None:
    """Ten more."""
    for n in range(10):
        stem = project.migrations / f"versions/{n + 2:04}_step"
        stem.with_suffix(".py").write_text(REVISION.format(n + 2, n + 1))
        stem.with_suffix(".up.sql").write_text(STEP.format(n=n * 7))
        stem.with_suffix(".down.sql").write_text("")


def timed(words: list[str], project: Project, more: Mapping[str, str]) -> float:
    """Seconds that a command takes, whatever its answer."""
    begun = time.perf_counter()
    subprocess.run(words, cwd=project.root, env=os.environ | more, check=False, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Take turns, and print."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        server = Shadow()
        server.server.settings["dbtools.shadow"] = "off"
        with server:
            url, project = live_and_project(server, Path(folder))
            if "--profile" in sys.argv:
                profiled(url, project)
            else:
                compared(server, url, project)


def profiled(url: str, project: Project) -> None:
    """Where a second `diff` spends its time."""
    diff(url, project)
    with cProfile.Profile() as profile:
        diff(url, project)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def compared(server: Shadow, url: str, project: Project) -> None:
    """All works in turns, and the ratios to the floor of each."""
    programs = Path(sys.executable).parent
    there, uncached = {URL_VARIABLE: url}, {URL_VARIABLE: url, "DBTOOLS_CACHE": "off"}
    tool = [str(programs / "dbtools")]

    def upgraded() -> float:
        copy = server.create(template=str(conninfo_to_dict(url)["dbname"]))
        words = [str(programs / "alembic"), "upgrade", "head"]
        taken = timed(words, project, {URL_VARIABLE: copy})
        server.drop(str(conninfo_to_dict(copy)["dbname"]))
        return taken

    works: dict[str, Callable[[], float]] = {
        "pg_dump": lambda: timed([str(binaries() / "pg_dump"), "--schema-only", f"--dbname={url}"], project, {}),
        "diff": lambda: timed([*tool, "diff"], project, there),
        "diff, head built": lambda: timed([*tool, "diff"], project, uncached),
    }
    report(works, {"diff": "pg_dump", "diff, head built": "pg_dump"})
    add_revisions(project)
    report(
        {
            "upgrade": upgraded,
            "plan": lambda: timed([*tool, "plan"], project, there),
            "plan, nothing kept": lambda: timed([*tool, "plan"], project, uncached),
        },
        {"plan": "upgrade", "plan, nothing kept": "upgrade"},
    )


def report(works: Mapping[str, Callable[[], float]], floors: Mapping[str, str]) -> None:
    """One round to warm up, then as many as there are to count."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(-1, ROUNDS):
        for name, work in works.items():
            seconds = work()
            if number >= 0:
                taken[name].append(seconds)
    for name, times in taken.items():
        line = f"{name:20} {statistics.median(times):6.2f} s"
        if name in floors:
            ratios = [one / other for one, other in zip(times, taken[floors[name]], strict=True)]
            line += "   beside its floor " + ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(line, flush=True)


if __name__ == "__main__":
    main()
