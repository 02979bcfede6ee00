"""`make demo`: the main job from end to end, on an embedded Postgres, with nothing left behind.

A stand-in for the live database is pulled, proven, upgraded and verified; then a signed-in user submits a job, real
node processes compute it, one of them is killed half-way, and the result is compared with a recomputation.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dbtools.postgres.connection import acting_as
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import URL_VARIABLE, Project
from demo import live
from demo.program import DemoError, Program

ITERATIONS = 25_000
NODES = 3
PLAYER = uuid.UUID("00000000-0000-4000-8000-0000000000d0")
CONFIG = {
    "name": "demo",
    "baseDps": 1200,
    "critChance": 0.27,
    "critMultiplier": 2.1,
    "damageSpread": 0.15,
    "fightSeconds": 120,
}

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run the demo; the exit code is 0 only if every step held."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the server running and print how to look inside")
    keep: bool = parser.parse_args().keep
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    with ExitStack() as stack:
        shadow = stack.enter_context(Shadow())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dbtools-demo-")))
        try:
            tell_story(shadow, folder)
        except DemoError as error:
            console.print(f"\n[red]the demo failed:[/red] {error}")
            return 1
        console.print(f"\n[green]done[/green] in {time.monotonic() - started:.0f} s")
        if keep:
            console.print(f"look inside: psql '{shadow.url('live')}'    (Ctrl-C ends and deletes it)")
            signal.pause()
    return 0


def tell_story(shadow: Shadow, folder: Path) -> None:
    """The steps, in order; each raises DemoError if what it shows is not so."""
    project = Project.find(Path(__file__).parent)
    url = live.create(shadow, name="live")

    title("1. A live database whose schema is in no repository")
    with psycopg.connect(url) as conn:
        jobs, broken = fetch(conn, COUNT_BROKEN)
        say(f"{jobs} jobs; {broken} of them completed, with results in every chunk and none in the job")

    title("2. dbtools pull captures it")
    command("dbtools", "pull", "--no-objects", "--to", str(folder / "migrations"), url=url)
    for name in ("0001_baseline.py", "0001_baseline.up.sql"):
        if not filecmp.cmp(
            folder / "migrations/versions" / name, project.migrations / "versions" / name, shallow=False
        ):
            raise DemoError(f"the pulled {name} is not the committed one")
    say("byte for byte the committed baseline")

    title("3. alembic upgrade head")
    command("alembic", "stamp", "0001", url=url)
    # The cron jobs go for good: nothing else keeps house until the sentinel of step 5 leads, and that is meant. So does
    # what strangers offered each other, and what old nodes fetched for themselves: the nodes of step 5 are new ones.
    contracts = ("retire_cron_jobs", "both_sides_consent", "private_inputs")
    command("alembic", *(word for name in contracts for word in ("-x", f"confirm={name}")), "upgrade", "head", url=url)
    with psycopg.connect(url) as conn:
        _, still_broken = fetch(conn, COUNT_BROKEN)
    if still_broken:
        raise DemoError(f"{still_broken} old jobs are still without result")
    say(f"{broken} old jobs repaired")

    title("4. dbtools verify")
    command("dbtools", "verify", url=url)

    title(f"5. A job of {ITERATIONS:,} iterations, {NODES} nodes, one of them killed")
    with psycopg.connect(shadow.url("live", user=ADMIN), autocommit=True) as conn:
        conn.execute("insert into auth.users (id, email) values (%s, 'player@example.org')", [PLAYER])
        conn.execute("create role sentinel login in role service_role")
        # Nothing runs behind the stand-in's own nodes here.
        conn.execute("update public.nodes set status = 'offline' where status = 'online'")
        # Five minutes would make a long demo; each threshold has one home, so one update shortens it everywhere.
        conn.execute("update private.settings set stale_after = '4 s', offline_after = '3 s', reap_every = '1 s'")
    with programs(shadow, folder) as (start_node, nodes), psycopg.connect(url, autocommit=True) as conn:
        for number in range(NODES):
            claim(conn, start_node(number))
        with acting_as(conn, "authenticated", {"sub": str(PLAYER)}):
            answer = fetch(conn, "select public.create_job(%s, %s)", [json.dumps(CONFIG), ITERATIONS])[0]
        say(f"create_job answered {json.dumps(answer)}")
        watch(conn, answer["jobId"], nodes)
        show_result(conn, answer["jobId"])


def watch(conn: psycopg.Connection, job: str, nodes: list[Program]) -> None:
    """Follow the job to its end, and kill the first node once a third of the work is done."""
    deadline = time.monotonic() + 60
    killed = False
    with Progress(
        TextColumn("   {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        bar = progress.add_task("iterations", total=ITERATIONS)
        status = "pending"
        while status in {"pending", "running"}:
            if time.monotonic() > deadline:
                raise DemoError(f"the job is still {status} after a minute")
            status, completed = fetch(conn, "select status, completed_iterations from public.jobs where id = %s", [job])
            progress.update(bar, completed=completed)
            if not killed and completed >= ITERATIONS // 3:
                nodes[0].process.kill()
                killed = True
                held = fetch(conn, HELD_BY_THE_DEAD, [job])[0]
                progress.console.print(f"   node 1 killed, holding {held} chunks; the reaper will return them")
            time.sleep(0.1)
    if status != "completed":
        raise DemoError(f"the job ended as {status}")


def show_result(conn: psycopg.Connection, job: str) -> None:
    """Print the job's result beside one that is computed here, from the chunks, without the database's help."""
    result = fetch(conn, "select result from public.jobs where id = %s", [job])[0]
    chunks = conn.execute(
        "select iterations, result from public.jobs_chunks where job_id = %s and status = 'completed'", [job]
    ).fetchall()
    total = sum(iterations for iterations, _ in chunks)
    again: dict[str, float] = {
        "meanDps": sum(iterations * r["meanDps"] for iterations, r in chunks) / total,
        "minDps": min(r["minDps"] for _, r in chunks),
        "maxDps": max(r["maxDps"] for _, r in chunks),
        "totalIterations": total,
        "chunksCompleted": len(chunks),
    }
    say(f"{'':17}{'in jobs.result':>18}{'recomputed':>18}")
    for key, value in again.items():
        say(f"{key:17}{result[key]:>18,.6g}{value:>18,.6g}")
        if abs(result[key] - value) > 1e-9 * abs(value):
            raise DemoError(f"{key} differs")
    if total != ITERATIONS:
        raise DemoError(f"the chunks add up to {total} iterations")


@contextmanager
def programs(shadow: Shadow, folder: Path) -> Iterator[tuple[Callable[[int], str], list[Program]]]:
    """A running sentinel; yields a function that starts node N and returns its claim code, and the started nodes."""
    with ExitStack() as stack:
        sentinel = Program.start(
            folder / "sentinel.log", "loop", "sentinel", "--port", "0", url=shadow.url("live", user="sentinel")
        )
        stack.callback(sentinel.stop)
        address = sentinel.wait_for(r"(http://\S+)")
        say(f"sentinel at {address}")
        nodes: list[Program] = []

        def start_node(number: int) -> str:
            node = Program.start(
                folder / f"node{number}.log",
                *("loop", "node", "--sentinel", address, "--processes", "1", "--heartbeat", "0.5"),
                *("--config", str(folder / f"node{number}.ini")),
            )
            stack.callback(node.stop)
            nodes.append(node)
            return node.wait_for(r"claim code:? ([A-Z2-7-]+)")

        yield start_node, nodes


def claim(conn: psycopg.Connection, code: str) -> None:
    """What the portal does when a player types a node's claim code."""
    with acting_as(conn, "authenticated", {"sub": str(PLAYER)}):
        found = fetch(conn, "select public.verify_claim_code(%s)", [code])[0]
        fetch(conn, "select public.claim_node(%s, %s, %s)", [found["nodeId"], f"node {code}", 2])


COUNT_BROKEN = """
  select count(*), count(*) filter (where status = 'completed' and result is null) from public.jobs
"""
HELD_BY_THE_DEAD = """
  select count(*) from public.jobs_chunks
  where job_id = %s and node_id = (select id from public.nodes where name like 'node %%' order by created_at limit 1)
    and status = 'running'
"""


def fetch(conn: psycopg.Connection, query: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    """The one row that `query` returns."""
    row = conn.execute(query, parameters).fetchone()
    if row is None:
        raise DemoError(f"no row from: {query}")
    return row


def command(*words: str, url: str) -> None:
    """Run a command as a user would, and show it."""
    say(f"$ {' '.join(words)}")
    done = subprocess.run(
        [str(Path(sys.executable).with_name(words[0])), *words[1:]],
        env={**os.environ, URL_VARIABLE: url},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in (done.stdout + done.stderr).strip().splitlines():
        say(f"  {line}")
    if done.returncode:
        raise DemoError(f"{words[0]} {words[1]} ended with exit code {done.returncode}")


def title(text: str) -> None:
    """A step's heading."""
    console.print(f"\n[bold]{text}[/bold]")


def say(text: str) -> None:
    """One line under the heading."""
    console.print(f"   {text}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
