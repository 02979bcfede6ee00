"""The service's programs by themselves, as `pip install simulation-loop[…]` brings them."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from dbtools.project import Project
from demo.program import Program
from loop.sentinel import SentinelOptions
from tests.loop.conftest import Database
from tests.support.distribution import build, contents, install, installed, run


@pytest.fixture(scope="module")
def wheel(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(project, "loop", tmp_path_factory.mktemp("dist"))


def test_it_holds_the_programs_and_nothing_else(wheel: Path) -> None:
    paths = contents(wheel)
    assert {path.partition("/")[0] for path in paths if ".dist-info/" not in path} == {"loop"}
    assert not [path for path in paths if "test" in Path(path).name or path.endswith((".pyc", ".toml", ".md"))]
    assert {"loop/py.typed", "loop/cli/node.py", "loop/sentinel/app.py", "loop/node/guard.py"} <= set(paths)
    assert any(path.endswith("licenses/LICENSE") for path in paths)


def test_alone_they_compute_a_job(
    wheel: Path, project: Project, database: Database, sentinel_options: SentinelOptions, tmp_path: Path
) -> None:
    programs = install(project, tmp_path / "venv", f"{wheel}[sentinel,node]")
    assert not installed(programs) & {"alembic", "sqlalchemy", "dbtools-postgres", "supabase"}
    assert "Usage: loop" in run(programs / "loop", "--help").stdout
    assert re.fullmatch(r"loop \d+\.\d+\.\d+\n", run(programs / "loop", "--version").stdout)
    job = database.submit(1000, baseDps=100)
    loop = str(programs / "loop")
    with ExitStack() as stack:
        url = sentinel_options.database_url
        sentinel = Program.start(tmp_path / "sentinel", loop, "sentinel", "--port", "0", url=url)
        stack.callback(sentinel.stop)
        words = ("--sentinel", sentinel.wait_for(r"(http://\S+)"), "--config", str(tmp_path / "config.ini"))
        node = Program.start(tmp_path / "node", loop, "node", *words, "--processes", "1")
        stack.callback(node.stop)
        database.claim(node.wait_for(r"claim code:? ([A-Z2-7-]+)"))
        deadline = time.monotonic() + 30
        while database.row("select status from public.jobs where id = %s", job)["status"] != "completed":
            assert time.monotonic() < deadline, node.log.read_text() + sentinel.log.read_text()
            time.sleep(0.05)


def test_what_is_not_installed_is_named_with_what_brings_it(wheel: Path, project: Project, tmp_path: Path) -> None:
    programs = install(project, tmp_path / "venv", str(wheel))
    refused = run(programs / "loop", "sentinel", "--db-url", "postgresql://localhost/x")
    assert refused.returncode == 2
    assert "pip install 'simulation-loop[sentinel]'" in refused.stderr
