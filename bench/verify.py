"""How long `dbtools verify` takes on a schema of 900 functions, beside an interpreter that asks `select 1`.

The floor is `python -c` with psycopg and one query, on the same server, in turns with the command. Where the command's
time goes is measured in a process of its own: imports, command line, what is expected, query, comparison, print.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from dbtools import alembic_env
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project

FUNCTIONS = 900
ROUNDS = 15
FLOOR = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('select 1').fetchone()"
STAGES = """
import sys, time
began = time.perf_counter()
from dbtools import cli
from dbtools.project import Project
from dbtools.verify import *
import dbtools.verify as v
from dbtools.verify import expectation as e
from dbtools.verify.levels import there
from dbtools import catalog
from dbtools.project import sql_folder
from dbtools.postgres.connection import connect
from rich.console import Console
from typer.main import get_command
def stage(name):
    global began
    now = time.perf_counter()
    print(f"{name}\\t{now - began}", file=sys.stderr)
    began = now
stage("imports")
get_command(cli.app).commands["verify"].make_context("verify", [])
stage("the command line")
project = Project.find()
declared = sql_folder.declared(project)
expected = v.expectation(project)
stage("what is expected, from the cache")
connection = connect(sys.argv[1], autocommit=True)
connection.execute("select 1")
stage("connecting")
found = catalog.read(connection)
stage("the query")
findings = there.There(project, declared, expected, found, set(expected.heads)).findings()
stage("comparing")
Console().print(VerifyReport(findings))
stage("printing")
"""


def make_project(root: Path) -> Project:
    """A repository with that many functions, each with its grants and comment, and one revision that makes them."""
    (root / "migrations/versions").mkdir(parents=True)
    (root / "sql/functions").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.alembic]\nscript_location = '%(here)s/migrations'\n")
    (root / "migrations/env.py").write_text("from dbtools.alembic_env import run\n\nrun()\n")
    (root / "migrations/versions/a1.py").write_text(
        "from dbtools.revision import frozen\nrevision = 'a1'\ndown_revision = None\n"
        "upgrade, downgrade = frozen(__file__)\n"
    )
    texts = []
    body = "  perform 1;\n" * 30
    for number in range(FUNCTIONS):
        name = f"public.f_{number}"
        text = (
            f"create or replace function {name}(a integer, b text default 'x') returns integer language plpgsql\n"
            f"set search_path = '' as $$\nbegin\n{body}  return {number};\nend;\n$$;\n"
            f"comment on function {name}(integer, text) is 'Returns {number}.';\n"
            f"revoke all on function {name}(integer, text) from public, anon, authenticated;\n"
        )
        (root / f"sql/functions/f_{number}.sql").write_text(text)
        texts.append(text)
    (root / "migrations/versions/a1.up.sql").write_text("".join(texts))
    return Project.find(root)


def timed(command: list[str], project: Project, environment: dict[str, str]) -> tuple[float, str]:
    """Seconds that a command takes, and what it wrote to stderr."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stderr


def main() -> None:
    """Measure and print."""
    program = str(Path(sys.executable).with_name("dbtools"))
    with tempfile.TemporaryDirectory() as folder, Shadow() as shadow:
        project = make_project(Path(folder) / "project")
        alembic_env.upgrade(project, shadow.url())
        with psycopg.connect(shadow.url(), autocommit=True) as connection:
            connection.execute("analyze")
        environment = {
            **os.environ,
            "DATABASE_URL": shadow.url(),
            "XDG_CACHE_HOME": f"{folder}/cache",
            # Both start from bytecode, as what is installed does.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
        }
        cold, _ = timed([program, "verify"], project, environment)
        timed([program, "verify"], project, environment)
        timed([sys.executable, "-c", STAGES, shadow.url()], project, environment)
        floors, times, stages = [], [], dict[str, list[float]]()
        for _ in range(ROUNDS):
            floors.append(timed([sys.executable, "-c", FLOOR, shadow.url()], project, environment)[0])
            times.append(timed([program, "verify"], project, environment)[0])
            for line in timed([sys.executable, "-c", STAGES, shadow.url()], project, environment)[1].splitlines():
                name, seconds = line.split("\t")
                stages.setdefault(name, []).append(float(seconds))
    ratio = statistics.median(took / floor for took, floor in zip(times, floors, strict=True))
    print(f"interpreter and select 1   {statistics.median(floors) * 1000:6.0f} ms")
    print(f"dbtools verify             {statistics.median(times) * 1000:6.0f} ms   {ratio:.1f} times that")
    for name, samples in stages.items():
        print(f"  {name:35}{statistics.median(samples) * 1000:6.0f} ms")
    print(f"the first time             {cold * 1000:6.0f} ms   (a shadow is built, and kept for the same files)")
