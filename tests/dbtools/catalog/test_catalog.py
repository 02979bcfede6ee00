"""What is read of a catalog is the project's, all of it, and printed the same way whoever reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from dbtools import catalog
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull import platform_changes
from tests.conftest import Connect


def lines(before: Snapshot, after: Snapshot) -> list[str]:
    return [
        f"{change.action} {change.object.identity}" + (f": {change.property}" if change.property else "")
        for change in compare(before, after)
    ]


def test_an_empty_project_has_nothing_but_its_extensions_and_grants(platform: psycopg.Connection) -> None:
    found = catalog.read(platform)
    assert set(found.count()) - {"membership", "setting"} == {"default privileges", "extension", "grant"}
    assert {item.parent for item in found.of("grant")} == {"schema public"}
    assert not [item.identity for item in found.of("default privileges") if "supabase_admin" in item.identity]


def test_objects_are_named_as_people_name_them(live_database: psycopg.Connection) -> None:
    found = catalog.read(live_database).objects
    assert {
        "table public.jobs",
        "column public.jobs.status",
        "constraint jobs_pkey on public.jobs",
        "index public.idx_jobs_config_hash",
        "function public.claim_node(uuid, text, integer)",
        'policy "Users manage their own jobs" on public.jobs',
        "grant to anon on table public.jobs",
        "grant to public on function public.claim_node(uuid, text, integer)",
        "trigger on_auth_user_created on auth.users",
        'policy "Rotation images are visible" on storage.objects',
        "table public.jobs_chunks in publication supabase_realtime",
        'cron job "reap-stale-chunks"',
        "materialized view public.stats_daily_throughput",
        "comment on table public.jobs_configs",
    } <= found.keys()
    assert found['policy "Users manage their own jobs" on public.jobs'].properties == {
        "command": "all",
        "permissive": "true",
        "roles": '["authenticated"]',
        "using": "(auth.uid() = user_id)",
        "with check": "(auth.uid() = user_id)",
    }


def test_the_sessions_settings_do_not_show(live_database: psycopg.Connection) -> None:
    before = catalog.read(live_database)
    live_database.execute("set search_path = public, auth, storage")
    live_database.execute("set datestyle = 'german, dmy'")
    live_database.execute("set timezone = 'Asia/Kathmandu'")
    live_database.execute("set quote_all_identifiers = on")
    assert catalog.read(live_database) == before


def test_reading_leaves_the_connection_as_it_was(platform_url: str, connect: Connect) -> None:
    connection = connect(platform_url)
    connection.execute("set search_path = public")
    catalog.read(connection)
    with connection.transaction():
        connection.execute("create table public.mine ()")
        catalog.read(connection)
        assert connection.execute("show search_path").fetchone() == ("public",)
    assert connection.execute("show search_path").fetchone() == ("public",)
    assert connection.execute("select to_regclass('public.mine') is not null").fetchone() == (True,)


def test_only_the_named_readers_are_run(live_database: psycopg.Connection) -> None:
    assert set(catalog.read(live_database, ["policy", "trigger"]).count()) == {"policy", "trigger"}


def test_a_privilege_list_left_empty_reads_like_the_default_written_out(platform: psycopg.Connection) -> None:
    with platform.transaction(force_rollback=True):
        platform.execute(
            "alter default privileges in schema public revoke all on tables from anon, authenticated, service_role"
        )
        platform.execute("alter default privileges in schema public revoke all on tables from postgres")
        platform.execute("create table public.t ()")
        before = catalog.read(platform)
        # Writes the owner's privileges into what was NULL.
        platform.execute("grant select on public.t to anon; revoke select on public.t from anon")
        assert platform.execute("select relacl is null from pg_class where relname = 't'").fetchone() == (False,)
        assert lines(before, catalog.read(platform)) == []


def test_the_migration_runners_table_and_a_schema_with_nothing_else_are_nobodys(platform: psycopg.Connection) -> None:
    before = catalog.read(platform)
    platform.execute("create schema private")
    platform.execute("create table private.alembic_version (version_num varchar(32) primary key)")
    assert lines(before, catalog.read(platform)) == []
    platform.execute("create function private.f() returns int language sql as 'select 1'")
    assert lines(before, catalog.read(platform)) == ["extra function private.f()", "extra schema private"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("create function auth.f() returns void language sql as ''", []),
        (
            "create trigger t before insert on storage.objects for each row execute function auth.trigger()",
            ["extra trigger t on storage.objects"],
        ),
        ("create event trigger t on ddl_command_end execute function auth.event()", []),
        ("create policy p on auth.users using (true)", ["extra policy p on auth.users"]),
        ("create schema other", ["extra schema other"]),
        ("create extension made_up", ["extra extension made_up"]),
        ("create table supabase_migrations.schema_migrations ()", []),
        (
            "create function auth.g() returns void language sql as ''; alter function auth.g() owner to postgres",
            ["extra function auth.g()"],
        ),
        (
            "create event trigger t on ddl_command_end execute function auth.event();"
            "alter role postgres superuser; alter event trigger t owner to postgres; alter role postgres nosuperuser",
            ["extra event trigger t"],
        ),
    ],
)
def test_platform_and_project_are_told_apart(
    platform_url: str, connect: Connect, shadow: Shadow, statement: str, expected: list[str]
) -> None:
    admin = connect(platform_url, user=ADMIN, autocommit=False)
    shadow.offer_extension("made_up", "1.0")
    admin.execute("create function auth.trigger() returns trigger language plpgsql as 'begin return null; end'")
    admin.execute("create function auth.event() returns event_trigger language plpgsql as 'begin end'")
    admin.execute("create schema supabase_migrations")
    before = catalog.read(admin)
    admin.execute(statement.encode())
    assert lines(before, catalog.read(admin)) == expected
    admin.rollback()


def test_what_may_not_be_read_is_an_error(platform_url: str, connect: Connect) -> None:
    anybody = connect(platform_url, user="authenticator")
    with pytest.raises(errors.InsufficientPrivilege, match=r"schema (cron|storage)"):
        catalog.read(anybody)


MUTATIONS = {
    "alter table jobs disable row level security": "different table public.jobs: row level security",
    "alter table jobs force row level security": "different table public.jobs: forced row level security",
    "alter table jobs set (fillfactor = 50)": "different table public.jobs: options",
    "alter table nodes_permissions set unlogged": "different table public.nodes_permissions: persistence",
    "alter table jobs replica identity full": "different table public.jobs: replica identity",
    "alter table jobs alter status drop default": "different column public.jobs.status: default",
    "alter table jobs alter status drop not null": "different column public.jobs.status: not null",
    "alter table jobs alter status type varchar(9)": "different column public.jobs.status: type",
    "alter table jobs add extra int": "extra column public.jobs.extra",
    "alter table jobs drop constraint jobs_user_id_fkey": "missing constraint jobs_user_id_fkey on public.jobs",
    "alter table jobs add check (true) not valid": "extra constraint jobs_check on public.jobs",
    "drop index idx_jobs_config_hash": "missing index public.idx_jobs_config_hash",
    "drop index idx_jobs_config_hash; create index idx_jobs_config_hash on jobs using hash (config_hash)": (
        "different index public.idx_jobs_config_hash: definition"
    ),
    "alter function reap_stale_chunks() security definer": "different function public.reap_stale_chunks(): security",
    "alter function touch_updated_at() set search_path = ''": "different function public.touch_updated_at(): settings",
    "alter function reap_stale_chunks() stable": "different function public.reap_stale_chunks(): volatility",
    "alter function reap_stale_chunks() strict": "different function public.reap_stale_chunks(): strict",
    "alter function reap_stale_chunks() parallel safe": "different function public.reap_stale_chunks(): parallel",
    "alter function reap_stale_chunks() cost 7": "different function public.reap_stale_chunks(): cost",
    "create or replace function mark_nodes_offline() returns void language sql as ''": (
        "different function public.mark_nodes_offline(): body"
    ),
    "create function claim_node(uuid) returns void language sql as ''": "extra function public.claim_node(uuid)",
    "revoke execute on function claim_node(uuid, text, int) from anon": (
        "missing grant to anon on function public.claim_node(uuid, text, integer)"
    ),
    "grant execute on function claim_node(uuid, text, int) to anon with grant option": (
        "different grant to anon on function public.claim_node(uuid, text, integer): privileges"
    ),
    "revoke truncate on jobs from anon": "different grant to anon on table public.jobs: privileges",
    "grant select (id) on jobs to authenticator": "extra grant to authenticator on column public.jobs.id",
    "revoke usage on schema public from anon": "missing grant to anon on schema public",
    "alter default privileges in schema public revoke insert on tables from anon": (
        "different default privileges of postgres in schema public for tables to anon: privileges"
    ),
    'alter policy "Owners see their nodes" on nodes using (true)': (
        'different policy "Owners see their nodes" on public.nodes: using'
    ),
    'alter policy "Owners see their nodes" on nodes to anon': (
        'different policy "Owners see their nodes" on public.nodes: roles'
    ),
    'alter policy "Users upload rotation images" on storage.objects with check (true)': (
        'different policy "Users upload rotation images" on storage.objects: with check'
    ),
    "alter table jobs_chunks disable trigger trg_pending_chunk": (
        "different trigger trg_pending_chunk on public.jobs_chunks: enabled"
    ),
    "drop trigger on_auth_user_created on auth.users": "missing trigger on_auth_user_created on auth.users",
    "alter publication supabase_realtime set table jobs_chunks (id)": (
        "different table public.jobs_chunks in publication supabase_realtime: columns"
    ),
    "alter publication supabase_realtime set table jobs_chunks where (iterations > 1)": (
        "different table public.jobs_chunks in publication supabase_realtime: where"
    ),
    "comment on table jobs_configs is null": "missing comment on table public.jobs_configs",
    "comment on table jobs_configs is 'x'": "different comment on table public.jobs_configs: text",
    "create rule r as on update to jobs do also nothing": "extra rule r on public.jobs",
    "create statistics s on id, status from jobs": "extra statistics public.s",
    "create sequence s": "extra sequence public.s",
    "create domain d as int": "extra domain public.d",
    "create type t as enum ()": "extra type public.t",
    "drop extension pgcrypto": "missing extension pgcrypto",
    "select cron.unschedule('reap-stale-chunks')": 'missing cron job "reap-stale-chunks"',
    "select cron.alter_job(jobid, '0 * * * *') from cron.job where jobname = 'reap-stale-chunks'": (
        'different cron job "reap-stale-chunks": schedule'
    ),
    "update storage.buckets set public = false": 'different bucket "rotation-images": public',
    "refresh materialized view stats_daily_throughput": None,
    "grant service_role to authenticated": "extra membership of authenticated in service_role",
    "alter role anon set statement_timeout = '1min'": "extra setting statement_timeout of role anon",
    "analyze": None,
}


def test_one_changed_property_is_that_one_difference(live_url: str, connect: Connect) -> None:
    admin = connect(live_url, user=ADMIN)
    admin.execute("set role postgres")
    before = catalog.read(admin)
    wrong = {}
    for statement, expected in MUTATIONS.items():
        with admin.transaction(force_rollback=True):
            if any(words in statement for words in ("extension", "auth.users")):
                admin.execute("set local role none")
            admin.execute("set local search_path = public")
            admin.execute(statement.encode())
            admin.execute("set local role postgres")
            got = lines(before, catalog.read(admin))
        if got != ([expected] if expected else []):
            wrong[statement] = got
    assert wrong == {}


FAR = """
    create role reader;
    set role postgres;
    create table public.t (id integer primary key, note text);
    grant select on public.t to reader;
    create type public.state as enum ('new');
    create domain public.amount as integer constraint positive check (value > 0);
    create sequence public.s;
    create statistics public.st on id, note from public.t;
    create rule r as on update to public.t do also nothing;
    create view public.v as select 1 as one;
    create collation public.ours (locale = 'C');
    create function public.nothing() returns event_trigger language plpgsql as 'begin end';
    create publication ours for table public.t;
    create extension pg_cron;
    select cron.schedule('job', '* * * * *', 'select 1');
    insert into storage.buckets (id, name) values ('b', 'b');
    set role none;
    create event trigger theirs on ddl_command_end execute function public.nothing();
    alter role postgres superuser;
    alter event trigger theirs owner to postgres;
    alter role postgres nosuperuser;
    create extension pgmq;
    grant usage on schema pgmq to postgres;
    set role postgres;
    select pgmq.create('jobs');
    set role none;
    create foreign data wrapper far;
    alter foreign data wrapper far owner to supabase_admin;
    create server there foreign data wrapper far
"""
FAR_MUTATIONS = {
    "create index mine on auth.users (email)": "extra platform table auth.users",
    "alter table auth.users add column mine text": "extra platform table auth.users",
    "alter table auth.users add constraint mine check (email <> '')": "extra platform table auth.users",
    "grant select on auth.users to anon": "extra platform table auth.users",
    "grant select (email) on auth.users to anon": "extra grant to anon on column auth.users.email",
    "alter table storage.objects disable row level security": "extra platform table storage.objects",
    "grant usage on schema auth to reader": "extra grant to reader on schema auth",
    "grant execute on function auth.uid() to reader": "extra grant to reader on function auth.uid()",
    "alter table pgmq.q_jobs enable row level security": "different table pgmq.q_jobs: row level security",
    "grant select on pgmq.q_jobs to anon": "extra grant to anon on table pgmq.q_jobs",
    "alter event trigger theirs disable": "different event trigger theirs: enabled",
    "drop event trigger theirs": "missing event trigger theirs",
    "create publication mine for all tables": "extra publication mine",
    "alter publication ours set (publish = 'insert')": "different publication ours: publishes",
    "drop publication ours": "missing publication ours",
    "insert into storage.buckets (id, name) values ('mine', 'mine')": "extra bucket mine",
    "update storage.buckets set file_size_limit = 5": "different bucket b: file_size_limit",
    "set local storage.allow_delete_query to 'true'; delete from storage.buckets": "missing bucket b",
    "update cron.job set active = false": "different cron job job: active",
    "update cron.job set command = 'select 3'": "different cron job job: command",
    "create text search configuration public.mine (copy = simple)": "extra text search configuration public.mine",
    "create collation public.mine (locale = 'C')": "extra collation public.mine",
    "alter collation public.ours owner to supabase_admin": "different collation public.ours: owner",
    "create user mapping for postgres server there": "extra user mapping for postgres on server there",
    "create conversion public.mine for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8": "extra conversion public.mine",
    "create subscription mine connection '' publication p with (connect = false)": "extra subscription mine",
    "alter type public.state add value 'more'": "different type public.state: labels",
    "alter domain public.amount drop constraint positive": "missing constraint positive on domain public.amount",
    "alter sequence public.s cache 7": "different sequence public.s: cache",
    "alter sequence public.s increment 7": "different sequence public.s: increment",
    "alter statistics public.st set statistics 7": "different statistics public.st: target",
    "drop rule r on public.t": "missing rule r on public.t",
    "alter view public.v set (security_invoker = true)": "different view public.v: options",
    "alter table public.t alter column id set statistics 7": "different column public.t.id: statistics target",
    "alter table public.t alter column note set storage external": "different column public.t.note: storage",
    "alter table public.t alter column note set compression pglz": "different column public.t.note: compression",
    "alter table public.t cluster on t_pkey": "different table public.t: clustered on",
    "alter index public.t_pkey set (fillfactor = 50)": "different constraint t_pkey on public.t: options",
    "comment on function auth.uid() is 'the platform''s'": None,
    "insert into public.t values (1)": None,
}


def test_one_changed_property_far_from_the_tables_is_that_one_difference(platform_url: str, connect: Connect) -> None:
    admin = connect(platform_url, user=ADMIN)
    known = catalog.read(admin, catalog.PLATFORM_READERS)
    wrong = {}
    with admin.transaction(force_rollback=True):
        admin.execute(FAR.encode())

        def seen() -> Snapshot:
            changed = platform_changes.changed(catalog.read(admin, catalog.PLATFORM_READERS), known).objects
            project = catalog.read(admin)
            return replace(project, objects={**project.objects, **changed})

        before = seen()
        for statement, expected in FAR_MUTATIONS.items():
            with admin.transaction(force_rollback=True):
                admin.execute(statement.encode())
                got = lines(before, seen())
            if got != ([expected] if expected else []):
                wrong[statement] = got
    assert wrong == {}


def test_a_new_owner_shows_in_the_object_and_in_its_grants(live_url: str, connect: Connect) -> None:
    admin = connect(live_url, user=ADMIN)
    before = catalog.read(admin)
    admin.execute("alter function public.reap_stale_chunks() owner to supabase_storage_admin")
    assert lines(before, catalog.read(admin)) == [
        "different function public.reap_stale_chunks(): owner",
        "missing grant to postgres on function public.reap_stale_chunks()",
        "extra grant to supabase_storage_admin on function public.reap_stale_chunks()",
    ]


# Everything that somebody made, whatever its kind, by the server's own books: what can be dropped by its name.
CENSUS = """
    select distinct on (i.type) i.type, i.identity
    from (
      select classid, objid from pg_depend where objid >= {birth} and objsubid = 0 and deptype <> 'i'
      union
      select refclassid, refobjid from pg_depend where refobjid >= {birth} and refobjsubid = 0 and deptype <> 'i'
    ) as d,
      pg_identify_object(d.classid, d.objid, 0) as i
    where not exists (
        select from pg_depend as m where m.classid = d.classid and m.objid = d.objid and m.deptype in ('e', 'i')
      )
      and (i.schema is null or i.schema in ('public', 'rare', 'extensions', 'private', 'auth'))
      and i.type not in (
        'default value', 'toast table', 'table constraint', 'domain constraint', 'default acl', 'composite type',
        'publication relation', 'publication namespace', 'role', 'view column', 'function of access method',
        'operator of access method', 'trigger', 'policy', 'rule', 'index column', 'transform'
      )
      and i.identity not in ('auth', 'storage', 'realtime', 'extensions', 'graphql_public', 'cron')
      and i.identity !~ '^(auth|storage|realtime|cron)[.]|supabase'
    order by i.type, i.identity
""".replace("{birth}", "substring(shobj_description(1, 'pg_database') from '[0-9]+$')::oid")


def test_an_object_of_any_kind_that_goes_is_missed(platform_url: str, connect: Connect) -> None:
    admin = connect(platform_url, user=ADMIN)
    schemas = Path(__file__).parents[2] / "support/schemas"
    for name in ("functions", "views", "rare"):
        admin.execute("set role postgres")
        admin.execute((schemas / f"{name}.sql").read_bytes())
    admin.execute("reset role")
    before = catalog.read(admin)
    kinds = admin.execute(CENSUS.encode()).fetchall()
    assert len(kinds) > 15
    unseen = []
    for kind, identity in kinds:
        with admin.transaction(force_rollback=True):
            admin.execute(f"drop {kind.removesuffix(' object')} {identity} cascade".encode())
            if not compare(before, catalog.read(admin)):
                unseen.append((kind, identity))
    assert unseen == []
