"""`alembic upgrade head` on an empty platform, beside psql with the same SQL."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from alembic import command

from bench.stages import Stages
from dbtools import alembic_env
from dbtools.project import URL_VARIABLE, Project

PROJECT = Project.find(Path(__file__).parent)


def runners(stages: Stages) -> Sequence[tuple[str, Callable[[], float]]]:
    """psql; the same from a Python that has been started already; and the command, start of Python included."""
    script = _script()
    psql = [
        str(stages.programs / "psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
        "--output=/dev/null",
    ]
    alembic = [str(Path(sys.executable).with_name("alembic")), "upgrade", "head"]

    def with_psql(url: str) -> None:
        subprocess.run([*psql, f"--dbname={url}"], input=script, text=True, check=True, stderr=subprocess.DEVNULL)

    def with_alembic(url: str) -> None:
        environment = {**os.environ, URL_VARIABLE: url}
        subprocess.run(alembic, cwd=PROJECT.root, env=environment, check=True, stderr=subprocess.DEVNULL)

    return [
        ("psql", partial(_timed, stages, with_psql)),
        ("in Python", partial(_timed, stages, partial(alembic_env.upgrade, PROJECT))),
        ("alembic", partial(_timed, stages, with_alembic)),
    ]


def _timed(stages: Stages, upgrade: Callable[[str], None]) -> float:
    with stages.empty() as url:
        started = time.perf_counter()
        upgrade(url)
        return time.perf_counter() - started


def _script() -> str:
    printed = io.StringIO()
    configuration = alembic_env.config(PROJECT, "")
    configuration.output_buffer = printed
    command.upgrade(configuration, "base:head", sql=True)
    return printed.getvalue()
