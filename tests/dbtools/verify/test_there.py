"""`dbtools verify` finds what is wrong with a database, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from dbtools.errors import ConnectError, VerifyError
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import ADMIN, OWNER, Shadow
from dbtools.project import Project
from dbtools.verify import Expectation, VerifyReport, expectation, verify
from tests.conftest import Connect
from tests.support.commands import call
from tests.support.defects import DEFECTS, LEVELS, LIVE


@pytest.fixture(scope="module")
def expected(project: Project) -> Expectation:
    return expectation(project)


# Defects that bring others with them: an owner's grants, a dropped function's, the other overload, all that a check
# could not do.
FOLLOWED = {"the owner is another", "an argument has another name", "a client's call fits two functions", *LIVE}

# What only a superuser, or whoever owns it now, can mend.
NOT_OURS = {"the owner is another", "a trigger on a platform table is added"}


def changes(report: VerifyReport) -> list[tuple[str, str, str]]:
    return [(change.action, change.object.identity, change.property) for change in report.changes]


def test_a_database_at_head_is_as_declared(head_url: str, project: Project, expected: Expectation) -> None:
    report = verify(head_url, project, expected=expected)
    assert report.changes == []
    assert report.ok
    assert len(report.findings) > 20


def test_so_is_the_live_database_once_it_is_upgraded(
    upgraded_url: str, project: Project, expected: Expectation
) -> None:
    assert verify(upgraded_url, project, expected=expected).changes == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_at_its_level_and_a_command_mends_it(
    name: str,
    head: psycopg.Connection,
    head_url: str,
    shadow: Shadow,
    connect: Connect,
    project: Project,
    expected: Expectation,
) -> None:
    defect = DEFECTS[name]
    statement = defect.statement.replace("{database}", head.info.dbname)
    connect(head_url, user=ADMIN).execute(statement.encode())
    for level in LEVELS:
        report = verify(head_url, project, level=level, expected=expected)
        if level == defect.level:
            break
        assert changes(report) == []
    said = changes(report)
    # In a check the line, which is the property, changes with the file.
    assert defect.change in said or defect.change[:2] in [one[:2] for one in said if defect.level == "live"]
    if name not in FOLLOWED:
        assert len({identity for _, identity, _ in said}) == 1
    commands = {finding.mend for finding in report.findings if finding.mend.startswith("psql")}
    for command in commands:
        run(command, shadow.url(head.info.dbname, user=ADMIN if name in NOT_OURS else OWNER), project)
    if commands:
        assert changes(verify(head_url, project, expected=expected)) == []


def run(command: str, url: str, project: Project) -> None:
    path = f"{binaries()}:{os.environ['PATH']}"
    environment = {**os.environ, "DATABASE_URL": url, "PATH": path}
    subprocess.run(["sh", "-c", command], cwd=project.root, env=environment, check=True, capture_output=True)


def test_before_the_upgrade_it_says_what_is_missing_and_what_to_run(
    live_url: str, project: Project, expected: Expectation
) -> None:
    report = verify(live_url, project, expected=expected)
    missing = {change.object.identity for change in report.changes if change.action == "missing"}
    assert "function public.create_job(jsonb, integer, text, text, uuid, text)" in missing
    assert {finding.mend for finding in report.findings if not finding.ok} == {
        "alembic stamp 0001 && alembic upgrade head"
    }


def test_at_head_the_mend_is_the_objects_own_file(
    head_url: str, connect: Connect, project: Project, expected: Expectation
) -> None:
    connect(head_url, user=ADMIN).execute("drop policy jobs_delete_own on public.jobs")
    [mend] = {finding.mend for finding in verify(head_url, project, expected=expected).findings if finding.mend}
    file = mend.rpartition(" ")[2]
    assert file == "sql/policies/jobs.sql"
    connect(head_url).execute((project.root / file).read_bytes())
    assert verify(head_url, project, expected=expected).ok


def test_names_are_looked_for_in_any_database_without_a_project(live_url: str) -> None:
    report = verify(live_url, None, ["reap_stale_chunks", "trg_pending_chunk", "public.jobs", "create_job"])
    assert {finding.object.identity for finding in report.findings} == {
        "function public.reap_stale_chunks()",
        "trigger trg_pending_chunk on public.jobs_chunks",
        "table public.jobs",
    }
    assert report.unknown == ["create_job"]
    [reaper] = [f for f in report.findings if f.object.name == "reap_stale_chunks"]
    assert reaper.facts["grant to anon"] == "EXECUTE"
    assert reaper.facts["returns"] == "void"


def test_verify_only_reads(head_url: str, head: psycopg.Connection, project: Project, expected: Expectation) -> None:
    head.execute(f"alter database {head.info.dbname} set default_transaction_read_only to on")
    head.commit()
    assert verify(head_url, project, expected=expected).ok


def test_nothing_declared_is_not_the_same_as_nothing_wrong(head_url: str) -> None:
    with pytest.raises(VerifyError, match="declares anything"):
        verify(head_url, None)


def test_a_database_that_cannot_be_reached_is_no_answer(project: Project) -> None:
    with pytest.raises(ConnectError):
        verify("postgresql://postgres:secret@127.0.0.1:1/postgres", project)


def test_the_command_answers_with_its_exit_code(head_url: str, head: psycopg.Connection, project: Project) -> None:
    fine = call("dbtools", "verify", url=head_url, cwd=project.root)
    assert fine.returncode == 0, fine.stderr
    assert "all as declared" in fine.stdout
    head.execute("drop function public.reap_stale_chunks() cascade")
    head.commit()
    missing = call("dbtools", "verify", "--json", url=head_url, cwd=project.root)
    assert missing.returncode == 1
    answer = json.loads(missing.stdout)
    [wrong] = [item for item in answer["objects"] if not item["ok"]]
    assert wrong["object"] == "function public.reap_stale_chunks()"
    assert wrong["differences"][0]["action"] == "missing"
    assert "sql/functions/reap_stale_chunks.sql" in wrong["mend"]


def test_what_could_not_be_checked_ends_with_2(project: Project, tmp_path: Path) -> None:
    for words, url, cwd in [
        (["verify"], None, project.root),
        (["verify"], "postgresql://postgres:secret@127.0.0.1:1/postgres", project.root),
        (["verify"], "postgresql://postgres:secret@127.0.0.1:1/postgres", tmp_path),
    ]:
        done = call("dbtools", *words, url=url, cwd=cwd)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "hint:" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr
