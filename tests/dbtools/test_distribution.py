"""The tool by itself, as `pip install dbtools-postgres` brings it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbtools.project import Project
from tests.support.distribution import build, contents, install, installed, run


@pytest.fixture(scope="module")
def wheel(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(project, ".", tmp_path_factory.mktemp("dist"))


def test_it_holds_the_tool_and_nothing_else(wheel: Path) -> None:
    paths = contents(wheel)
    assert {path.partition("/")[0] for path in paths if ".dist-info/" not in path} == {"dbtools"}
    assert not [path for path in paths if "test" in Path(path).name or path.endswith(".pyc")]
    assert {"dbtools/py.typed", "dbtools/cli/pull.py", "dbtools/catalog/readers/table.sql"} <= set(paths)
    assert {"dbtools/report/schemas/plan.json", "dbtools/report/page.css", "dbtools/init/ci/github.yml"} <= set(paths)
    assert any(path.endswith("licenses/LICENSE") for path in paths)


def test_alone_it_pulls_a_database(
    wheel: Path, project: Project, live_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    programs = install(project, tmp_path_factory.mktemp("tool"), str(wheel))
    assert not installed(programs) & {"starlette", "uvicorn", "httpx", "supabase", "simulation-loop"}
    assert "Usage: dbtools" in run(programs / "dbtools", "--help").stdout
    assert re.fullmatch(r"dbtools \d+\.\d+\.\d+\n", run(programs / "dbtools", "--version").stdout)
    assert run(programs / "dbtools", "init", cwd=tmp_path).returncode == 0
    pulled = run(programs / "dbtools", "pull", cwd=tmp_path, url=live_url)
    assert "no difference" in pulled.stdout, pulled.stdout + pulled.stderr
    assert run(programs / "alembic", "stamp", "0001", cwd=tmp_path, url=live_url).returncode == 0
    assert run(programs / "dbtools", "diff", cwd=tmp_path, url=live_url).returncode == 0
