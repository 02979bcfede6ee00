"""`dbtools diff` names what a live database has otherwise than head, and says how to end it."""

from __future__ import annotations

import json

import psycopg
import pytest
from psycopg import sql

from dbtools import alembic_env
from dbtools.diff import diff
from dbtools.errors import ConnectError, ShadowError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.conftest import Connect, missing
from tests.support.commands import call
from tests.support.reports import check_json

# What was done to live behind head's back.
DRIFT = """
drop function public.cancel_job(uuid);
create function public.sneaky(a integer) returns integer language sql return 1;
create policy sneaky on public.jobs for select using (true);
grant execute on function public.create_job(jsonb, integer, text, text, uuid, text) to anon;
alter function public.claim_node(uuid, text, integer) reset search_path;
create or replace function public.mark_nodes_offline() returns integer language sql set search_path = '' as 'select 0';
alter table public.jobs disable trigger trg_orderly_delete;
"""
BY_HAND = "alter table public.jobs add column note text"


def drift(url: str, statements: str, connect: Connect) -> None:
    connect(url, user=ADMIN).execute(f"set role postgres; {statements}".encode())


def test_a_database_at_head_does_not_differ(head_url: str, project: Project, shadow: Shadow) -> None:
    assert diff(head_url, project, shadow=shadow).changes == []


def test_what_no_revision_brings_is_no_difference(
    head_url: str, project: Project, shadow: Shadow, connect: Connect
) -> None:
    noted = diff(head_url, project, shadow=shadow).noted
    admin = connect(head_url, user=ADMIN)
    admin.execute(f'alter database "{admin.info.dbname}" set "app.settings.key" = 1'.encode())
    admin.execute(f'grant temporary on database "{admin.info.dbname}" to anon'.encode())
    report = diff(head_url, project, shadow=shadow)
    assert report.changes == []
    assert [item.object for item in report.noted if item not in noted] == [
        "setting app.settings.key",
        "grant to anon on database",
    ]


def test_missing_extra_and_different_are_told_apart_and_the_sql_ends_all_that_can_be_made_again(
    head_url: str, project: Project, shadow: Shadow, connect: Connect
) -> None:
    drift(head_url, DRIFT + BY_HAND, connect)
    report = diff(head_url, project, with_sql=True, shadow=shadow)
    found = {(c.action, c.object.identity) for c in report.changes}
    assert found == {
        ("missing", "function public.cancel_job(uuid)"),
        ("extra", "function public.sneaky(integer)"),
        ("extra", "policy sneaky on public.jobs"),
        ("extra", "grant to anon on function public.create_job(jsonb, integer, text, text, uuid, text)"),
        ("different", "function public.claim_node(uuid, text, integer)"),
        ("different", "function public.mark_nodes_offline()"),
        ("different", "trigger trg_orderly_delete on public.jobs"),
        ("extra", "column public.jobs.note"),
    }
    assert report.sql is not None
    assert "-- To be changed by hand: extra column public.jobs.note\n" in report.sql
    assert "-- Exposed, so it holds no privilege of its own; see private.cancel_job." in report.sql
    connect(head_url).execute(report.sql.encode())
    left = {(c.action, c.object.identity) for c in diff(head_url, project, shadow=shadow).changes}
    assert left == {("extra", "column public.jobs.note")}


def test_an_older_server_differs_in_words_and_in_what_it_cannot_know_and_that_is_no_difference(
    project: Project, shadow: Shadow
) -> None:
    try:
        server = Shadow(major=15)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15")
    with server as old:
        alembic_env.upgrade(project, old.url())
        assert diff(old.url(), project, shadow=shadow).changes == []
        with psycopg.connect(old.url()) as live:
            live.execute(DRIFT)
        report = diff(old.url(), project, with_sql=True, shadow=shadow)
        assert report.sql is not None
        with psycopg.connect(old.url()) as live:
            live.execute(report.sql.encode())
        assert diff(old.url(), project, shadow=shadow).changes == []


def test_what_cannot_be_made_in_the_shadow_is_said_and_the_rest_is_there(
    head_url: str, project: Project, shadow: Shadow, connect: Connect
) -> None:
    drift(head_url, DRIFT + BY_HAND + "; create view public.noted as select note from public.jobs", connect)
    printed = diff(head_url, project, with_sql=True, shadow=shadow).sql or ""
    assert "-- To be changed by hand: view public.noted, because" in printed
    assert "drop function public.sneaky(integer);" in printed


def test_diff_only_reads(project: Project, shadow: Shadow, head: psycopg.Connection, head_url: str) -> None:
    database = sql.Identifier(head.info.dbname)
    head.execute(sql.SQL("alter database {} set default_transaction_read_only to on").format(database))
    head.commit()
    assert diff(head_url, project, with_sql=True, shadow=shadow).sql is not None


def test_a_database_that_cannot_be_reached_is_no_answer(project: Project) -> None:
    with pytest.raises(ConnectError):
        diff("postgresql://postgres:secret@127.0.0.1:1/postgres", project)


def test_the_command_answers_with_its_exit_code(project: Project, connect: Connect, shadow: Shadow) -> None:
    url = shadow.create()
    done = call("dbtools", "diff", "--json", url=url, cwd=project.root)
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    check_json("diff", answer)
    assert answer["ok"] is False
    assert {"action": "missing", "kind": "table", "object": "table public.jobs"} in answer["differences"]
    could_not = call(
        "dbtools", "diff", "--db-url", "postgresql://postgres:secret@127.0.0.1:1/postgres", cwd=project.root
    )
    assert could_not.returncode == 2
    assert could_not.stdout == ""
    assert "secret" not in could_not.stderr


def test_what_to_do_next_depends_on_where_the_database_is(
    head_url: str, project: Project, shadow: Shadow, connect: Connect
) -> None:
    assert diff(head_url, project, shadow=shadow).next == ""
    drift(head_url, BY_HAND, connect)
    said = diff(head_url, project, shadow=shadow).next
    assert 'dbtools pull -m "…"' in said
    assert "dbtools diff --sql" in said
    connect(head_url).execute("update private.alembic_version set version_num = '0047'")
    said = diff(head_url, project, shadow=shadow).next
    assert said.startswith(f"live is at 0047, head is {alembic_env.heads(project)[0]}: alembic upgrade head; or")
