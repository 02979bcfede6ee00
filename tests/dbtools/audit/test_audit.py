"""`dbtools audit` on the components that the review describes, and on what it must not be fooled by."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from dbtools.audit import AuditReport, audit
from dbtools.errors import AuditError
from tests.conftest import Connect

COMPONENTS = Path(__file__).parent / "components"


def names(report: AuditReport, state: str, kind: str) -> list[str]:
    return [item.name for item in report.items if (item.state, item.kind) == (state, kind)]


def places(report: AuditReport, name: str) -> list[str]:
    """Where something is used; a file by its place in the tree, without the line."""
    found = next(item for item in report.items if item.name == name)
    return sorted({place.removeprefix(f"{COMPONENTS}/").partition(":")[0] for place in found.places})


@pytest.fixture
def report(live_url: str) -> AuditReport:
    return audit(live_url, [COMPONENTS])


def test_the_reviews_findings_on_the_live_database(report: AuditReport) -> None:
    assert names(report, "unused", "edge function") == [
        "generate-signing-keys",
        "permission-revoke",
        "permission-update",
        "token-issue",
        "token-refresh",
    ]
    nodes = [name for name in names(report, "used", "edge function") if "node" in places(report, name)[0]]
    assert nodes == ["chunk-complete", "config-fetch", "node-heartbeat", "node-register", "rotation-fetch"]
    for name in ("config-upsert", "job-create"):
        assert places(report, name) == ["portal/src/hooks/use-submit-job.ts"]
    for name in ("public.claim_node", "public.verify_claim_code"):
        assert places(report, name) == ["portal/src/hooks/use-node-mutations.ts"]
    # A type names these, cron jobs call them.
    assert places(report, "public.reap_stale_chunks") == ['cron job "reap-stale-chunks"']
    assert places(report, "public.mark_nodes_offline") == ['cron job "mark-nodes-offline"']
    assert places(report, "public.notify_pending_chunk") == ["trigger trg_pending_chunk on public.jobs_chunks"]
    assert {"crates/node/src/realtime.rs", "crates/sentinel/src/reclaim.rs"} < set(places(report, "public.jobs_chunks"))
    assert not any("verifyNode" in item.name or item.name == "_shared" for item in report.items)
    assert not report.ok


def test_what_is_missing_and_what_cannot_be_told_has_its_place(report: AuditReport) -> None:
    hooks = COMPONENTS / "portal/src/hooks/use-jobs.ts"
    by_state = {item.state: item for item in report.items}
    assert by_state["missing"].name == "public.stats_hourly_throughput"
    assert list(by_state["missing"].places) == [f"{hooks}:13"]
    assert by_state["unresolved"].name == "table"
    assert list(by_state["unresolved"].places) == [f"{hooks}:11"]


def test_a_function_is_missing_until_the_database_has_it(platform_url: str, connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "portal.ts").write_text("supabase.rpc('create_job')\nsupabase.schema('auth').from('users')")
    before = audit(platform_url, [tmp_path])
    assert [(item.state, item.name) for item in before.items] == [("missing", "public.create_job")]
    connect(platform_url).execute("create function public.create_job() returns int language sql as 'select 1'")
    after = audit(platform_url, [tmp_path])
    assert [(item.state, item.name) for item in after.items] == [("used", "public.create_job")]
    assert after.ok


def test_the_databases_own_objects_are_callers_too(platform_url: str, connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "supabase/functions/hourly").mkdir(parents=True)
    (tmp_path / "supabase/functions/hourly/index.ts").write_text("Deno.serve(() => new Response());")
    connect(platform_url).execute(
        """
        create schema inner_part;
        create table public.t (id int default 1);
        create function public.in_policy() returns boolean language sql as 'select true';
        create policy p on public.t using (public.in_policy());
        create function public.in_default() returns int language sql as 'select 1';
        alter table public.t alter column id set default public.in_default();
        create function public.in_view() returns int language sql as 'select 1';
        create view public.v as select public.in_view() from public.t;
        create function inner_part.f() returns int language sql as 'select 1';
        create function public.f() returns int language plpgsql as 'begin return inner_part.f(); end';
        create function public.recursive() returns int language sql begin atomic select 1; end;
        create or replace function public.recursive() returns int language plpgsql as $$
        begin
          -- in_comment() is not called
          return public.recursive();
        end $$;
        create function public.in_comment() returns int language sql as 'select 1';
        create extension pg_cron;
        select cron.schedule('j', '0 * * * *', $$
          select net.http_post('https://example.invalid/functions/v1/hourly'), public.f()
        $$);
        """
    )
    report = audit(platform_url, [tmp_path])
    assert names(report, "unused", "function") == ["public.in_comment", "public.recursive"]
    assert names(report, "unused", "table") == ["public.v"]
    assert places(report, "public.in_policy") == ["policy p on public.t"]
    assert places(report, "public.in_default") == ["column public.t.id"]
    assert places(report, "public.in_view") == ["view public.v"]
    assert places(report, "inner_part.f") == ["function public.f()"]
    assert places(report, "public.f") == ["cron job j"]
    assert places(report, "hourly") == ["cron job j"]
    assert names(report, "missing", "function") == []


def test_without_edge_functions_among_the_sources_none_is_called_missing(platform_url: str, tmp_path: Path) -> None:
    (tmp_path / "node.rs").write_text('get(format!("{}/functions/v1/config-fetch", base))')
    report = audit(platform_url, [tmp_path])
    assert names(report, "unresolved", "edge function") == ["config-fetch"]
    assert report.ok


def test_what_was_installed_or_built_is_passed_over(platform_url: str, tmp_path: Path) -> None:
    for folder in ("node_modules/x", "target/debug", ".hidden", "supabase/migrations"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.ts").write_text("supabase.rpc('nothing')")
    (tmp_path / "src.ts").write_text("export {}")
    assert audit(platform_url, [tmp_path]).items == []


def test_what_only_a_check_calls_is_unused(platform_url: str, tmp_path: Path, connect: Connect) -> None:
    connect(platform_url).execute("create function public.f() returns integer language sql as 'select 1'")
    (tmp_path / "f.check.sql").write_text("select public.f();")
    (tmp_path / "src.ts").write_text("export {}")
    assert names(audit(platform_url, [tmp_path]), "unused", "function") == ["public.f"]


def test_nothing_to_read_is_an_error(platform_url: str, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="nothing to read"):
        audit(platform_url, [tmp_path])
    with pytest.raises(AuditError, match="is no folder"):
        audit(platform_url, [tmp_path / "absent"])


def test_a_catalog_that_may_not_be_read_is_an_error(platform_url: str, connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("export {}")
    with pytest.raises(AuditError, match=r"permission denied"):
        audit(platform_url.replace("postgres@", "authenticator@"), [tmp_path])


def test_people_are_told_what_the_answer_is_worth(report: AuditReport) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(report)
    text = console.export_text()
    assert "a hint, no proof" in text
    assert "unused      edge function  token-refresh" in text


def test_the_command_answers_with_its_exit_code(live_url: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [
        str(Path(sys.executable).with_name("dbtools")),
        "audit",
        "--source",
        str(COMPONENTS / "portal"),
        "--json",
    ]
    done = subprocess.run(
        command, env={**environment, "DATABASE_URL": live_url}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    assert answer["edge_functions_read"] is False
    assert answer["items"][0].keys() == {"state", "kind", "name", "places"}
    without = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert without.returncode == 2
    assert "no database given" in without.stderr
