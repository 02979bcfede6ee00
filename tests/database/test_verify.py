"""`dbtools verify` finds what is wrong with a database, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from dbtools.catalog import Snapshot
from dbtools.config import Project
from dbtools.errors import ConnectError, VerifyError
from dbtools.shadow import ADMIN
from dbtools.verify import expectation, verify
from tests.conftest import Connect

# What is done to a database at head, and what verify must say of it: action, object, property.
DEFECTS = {
    "a function is dropped": (
        "drop function public.reap_stale_chunks()",
        ("missing", "function public.reap_stale_chunks()", ""),
    ),
    "a body is changed": (
        "create or replace function public.mark_nodes_offline() returns integer language sql "
        "set search_path = '' as 'select 0'",
        ("different", "function public.mark_nodes_offline()", "body"),
    ),
    "a revoke is lost": (
        "grant execute on function public.assign_chunks(integer, uuid) to anon",
        ("extra", "grant to anon on function public.assign_chunks(integer, uuid)", ""),
    ),
    "everybody may call": (
        "grant execute on function private.create_job(jsonb, integer, text, text, uuid) to public",
        ("extra", "grant to public on function private.create_job(jsonb, integer, text, text, uuid)", ""),
    ),
    "a grant is lost": (
        "revoke execute on function public.create_job(jsonb, integer, text, text, uuid) from authenticated",
        ("missing", "grant to authenticated on function public.create_job(jsonb, integer, text, text, uuid)", ""),
    ),
    "there is a second overload": (
        "create function public.create_job(p_config jsonb) returns jsonb language sql return '{}'::jsonb",
        ("extra", "function public.create_job(jsonb)", ""),
    ),
    "the search_path is not pinned": (
        "alter function public.claim_node(uuid, text, integer) reset search_path",
        ("different", "function public.claim_node(uuid, text, integer)", "settings"),
    ),
    "a definer became an invoker": (
        "alter function private.create_job(jsonb, integer, text, text, uuid) security invoker",
        ("different", "function private.create_job(jsonb, integer, text, text, uuid)", "security"),
    ),
    "the volatility is another": (
        "alter function public.create_job(jsonb, integer, text, text, uuid) stable",
        ("different", "function public.create_job(jsonb, integer, text, text, uuid)", "volatility"),
    ),
    "the owner is another": (
        "alter function public.cleanup_stale_data() owner to supabase_admin",
        ("different", "function public.cleanup_stale_data()", "owner"),
    ),
    "a trigger is disabled": (
        "alter table public.jobs_chunks disable trigger trg_pending_chunk",
        ("different", "trigger trg_pending_chunk on public.jobs_chunks", "enabled"),
    ),
    "a trigger is dropped": (
        "drop trigger trg_pending_chunk on public.jobs_chunks",
        ("missing", "trigger trg_pending_chunk on public.jobs_chunks", ""),
    ),
    "a trigger on a platform table is dropped": (
        "drop trigger on_auth_user_created on auth.users",
        ("missing", "trigger on_auth_user_created on auth.users", ""),
    ),
    "a policy is widened": (
        "alter policy jobs_select_own on public.jobs using (true)",
        ("different", "policy jobs_select_own on public.jobs", "using"),
    ),
    "a policy is added": (
        "create policy sneaky on public.rotations for select to anon using (true)",
        ("extra", "policy sneaky on public.rotations", ""),
    ),
    "a policy is dropped": (
        "drop policy jobs_delete_own on public.jobs",
        ("missing", "policy jobs_delete_own on public.jobs", ""),
    ),
    "row level security is off": (
        "alter table public.nodes disable row level security",
        ("different", "table public.nodes", "row level security"),
    ),
    "a table may be truncated": (
        "grant truncate on public.rotations to anon",
        ("different", "grant to anon on table public.rotations", "privileges"),
    ),
    "a column may be written": (
        "grant update (result) on public.jobs to authenticated",
        ("extra", "grant to authenticated on column public.jobs.result", ""),
    ),
}


@pytest.fixture(scope="module")
def expected(project: Project) -> Snapshot:
    return expectation(project)


def dbtools(*words: str, url: str | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbtools")), *words],
        cwd=cwd,
        env={**environment, **({"DATABASE_URL": url} if url else {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_database_at_head_is_as_declared(head_url: str, project: Project, expected: Snapshot) -> None:
    report = verify(head_url, project, expected=expected)
    assert report.changes == []
    assert report.ok
    assert len(report.findings) > 20


def test_so_is_the_live_database_once_it_is_upgraded(upgraded_url: str, project: Project, expected: Snapshot) -> None:
    assert verify(upgraded_url, project, expected=expected).changes == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_and_nothing_else(
    defect: str, head_url: str, connect: Connect, project: Project, expected: Snapshot
) -> None:
    statement, found = DEFECTS[defect]
    connect(head_url, user=ADMIN).execute(statement.encode())
    report = verify(head_url, project, expected=expected)
    assert not report.ok
    if defect == "the owner is another":
        # Its grants are then the other owner's to give, and differ as well.
        assert found in [(c.action, c.object.identity, c.property) for c in report.changes]
    else:
        assert [(c.action, c.object.identity, c.property) for c in report.changes] == [found]


def test_before_the_upgrade_it_says_what_is_missing_and_what_to_run(
    live_url: str, project: Project, expected: Snapshot
) -> None:
    report = verify(live_url, project, expected=expected)
    missing = {change.object.identity for change in report.changes if change.action == "missing"}
    assert "function public.create_job(jsonb, integer, text, text, uuid)" in missing
    assert {finding.mend for finding in report.findings if not finding.ok} == {"alembic upgrade head"}


def test_at_head_the_mend_is_the_objects_own_file(
    head_url: str, connect: Connect, project: Project, expected: Snapshot
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


def test_verify_only_reads(head_url: str, head: psycopg.Connection, project: Project, expected: Snapshot) -> None:
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
    fine = dbtools("verify", url=head_url, cwd=project.root)
    assert fine.returncode == 0, fine.stderr
    assert "all as declared" in fine.stdout
    head.execute("drop function public.reap_stale_chunks() cascade")
    head.commit()
    missing = dbtools("verify", "--json", url=head_url, cwd=project.root)
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
        done = dbtools(*words, url=url, cwd=cwd)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "hint:" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr
