"""A pull of a hosted project: whatever its age, its platform is the platform's, and all that it made is captured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.diff import diff
from dbtools.errors import ShadowError
from dbtools.platform.facts import Facts, reference
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull.incremental import pull_again
from tests.conftest import missing
from tests.support.pulled import problems, pulled, said_afterwards

Make = Callable[..., str]

# What a project's age leaves in its database, as the platform's superuser did it.
AGES = {
    "newborn": "",
    "born before 15": "alter schema public owner to postgres",
    "before event triggers were the platform's": """
        alter role postgres superuser;
        alter function extensions.grant_pg_net_access() owner to postgres;
        alter event trigger issue_pg_net_access owner to postgres;
        alter role postgres nosuperuser
    """,
    "closed by default": """
        alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated;
        alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated
    """,
    "with its key as a setting": """
        do $$ begin
          execute format('alter database %I set app.settings.jwt_secret to %L', current_database(), 'never-to-be-seen');
        end $$
    """,
    "with webhooks": """
        create role webhooks_admin;
        create schema supabase_functions authorization supabase_admin;
        grant all on schema supabase_functions to webhooks_admin;
        grant usage on schema supabase_functions to postgres, anon;
        create table supabase_functions.hooks (id bigserial primary key, hook_name text not null);
        alter table supabase_functions.hooks owner to webhooks_admin;
        create function supabase_functions.http_request() returns trigger language plpgsql security definer
          as 'begin return new; end';
        alter function supabase_functions.http_request() owner to webhooks_admin
    """,
    "with fixed search paths": """
        alter function extensions.grant_pg_net_access() set search_path to '';
        alter role supabase_auth_admin nocreaterole;
        alter role postgres set session_preload_libraries = supautils, safeupdate
    """,
}

PROJECT = """
    create extension citext schema public;
    create extension pg_cron;
    create extension pgmq;
    create schema app;
    create table public.people (
      id uuid primary key references auth.users on delete cascade, email citext, state varchar(9) default 'a',
      at timestamptz
    );
    create index one on public.people (email) where state in ('a', 'b');
    create index others on public.people (at) where state in ('c', 'd');
    alter table public.people enable row level security;
    create policy own on public.people to authenticated using (auth.uid() = id);
    create function public.welcome() returns trigger language plpgsql security definer set search_path = ''
      as 'begin return new; end';
    create trigger welcome after insert on auth.users for each row execute function public.welcome();
    create policy pictures on storage.objects for select using (bucket_id = 'pictures');
    insert into storage.buckets (id, name, public) values ('pictures', 'pictures', true);
    create view public.who as select user_id from auth.identities;
    create view public.levels as select id, aal from auth.sessions;
    select pgmq.create('jobs');
    select cron.schedule('nightly', '0 3 * * *', 'select 1');
    alter publication supabase_realtime add table public.people;
    grant all on public.people to anon
"""
EVENT_TRIGGER = """
    alter role postgres superuser;
    set role postgres;
    create function app.on_ddl() returns event_trigger language plpgsql as 'begin end';
    create event trigger mine on ddl_command_end execute function app.on_ddl();
    reset role;
    alter role postgres nosuperuser
"""


@pytest.fixture(scope="module", params=[15, 18])
def hosted(request: pytest.FixtureRequest) -> Iterator[Shadow]:
    """A server that stands in for a hosted one, of its own because an age changes roles."""
    # So that it has these libraries at hand, for whichever role is to load them.
    loads = {"kind": "setting", "role": "pgbouncer", "in_database": False}
    loads |= {"config": ["session_preload_libraries=supautils, safeupdate"]}
    try:
        server = Shadow(major=request.param, platform=reference().with_rows([*reference().rows, loads]))
    except ShadowError as error:
        missing(error.message)
    with server:
        yield server


@pytest.fixture
def make(hosted: Shadow) -> Iterator[Make]:
    made: list[str] = []

    def make_one(as_admin: str = "", as_owner: str = "") -> str:
        url = hosted.create()
        made.append(str(conninfo_to_dict(url)["dbname"]))
        for statements, user in ((as_owner, hosted.owner), (as_admin, ADMIN)):
            with psycopg.connect(url, user=user) as connection:
                connection.execute(statements.encode())
        return url

    yield make_one
    for name in made:
        hosted.drop(name)
    with psycopg.connect(hosted.url(user=ADMIN)) as admin:
        admin.execute("drop role if exists webhooks_admin; alter role supabase_auth_admin createrole")
        admin.execute("alter role postgres reset session_preload_libraries")


@pytest.mark.parametrize("age", AGES)
def test_an_empty_project_of_any_age_is_pulled_without_a_word_and_silent_afterwards(
    make: Make, tmp_path: Path, age: str
) -> None:
    url = make(AGES[age])
    project, report = pulled(url, tmp_path)
    assert (problems(report), report.ok, said_afterwards(url, project)) == ([], True, [])
    assert "never-to-be-seen" not in (project.migrations / "platform/platform.jsonl").read_text() + str(report)
    assert [item.object for item in report.noted] == {
        "with its key as a setting": ["setting app.settings.jwt_secret"],
        "with webhooks": ["role webhooks_admin", "schema supabase_functions"],
    }.get(age, [])


def test_a_project_with_something_of_everything_is_captured_whole_and_silent_afterwards(
    make: Make, tmp_path: Path
) -> None:
    url = make(EVENT_TRIGGER, PROJECT)
    project, report = pulled(url, tmp_path)
    assert (problems(report), report.ok, said_afterwards(url, project)) == ([], True, [])
    assert {"event trigger": 1, "queue": 1, "cron job": 1, "bucket": 1, "policy": 2}.items() <= report.captured.items()


def test_a_trigger_of_the_projects_is_captured_whoevers_function_it_calls(make: Make, tmp_path: Path) -> None:
    url = make(
        AGES["with webhooks"]
        + """;
        set role postgres;
        create trigger hook after insert on auth.users for each row
          execute function supabase_functions.http_request('https://x.example/f', 'POST', '{}', '{}', '1000');
        create trigger changed before update on storage.objects for each row
          execute function suppress_redundant_updates_trigger();
        create trigger moved before update on storage.buckets for each row
          execute function storage.update_updated_at_column()
    """
    )
    project, report = pulled(url, tmp_path)
    assert (problems(report), said_afterwards(url, project)) == ([], [])
    baseline = report.path.read_text()
    for name in ("hook", "changed", "moved"):
        assert f"CREATE TRIGGER {name} " in baseline


def test_two_pulls_of_one_database_give_the_same_platform_byte_for_byte(make: Make, tmp_path: Path) -> None:
    url = make("", PROJECT)
    one, two = (pulled(url, tmp_path / name)[0].migrations / "platform" for name in ("one", "two"))
    files = sorted(path.relative_to(one) for path in one.rglob("*.*"))
    assert files == sorted(path.relative_to(two) for path in two.rglob("*.*"))
    assert all((one / path).read_bytes() == (two / path).read_bytes() for path in files)


# What a newer release of a service may bring, done by the service's own role.
RELEASE = """
    set role supabase_auth_admin;
    alter table auth.users add column shoe_size integer;
    create type auth.shoe as enum ('left', 'right');
    create function auth.walk() returns trigger language plpgsql as 'begin return new; end';
    create trigger walk before update on auth.users for each row execute function auth.walk();
    create table auth.shoes (id integer primary key, kind auth.shoe);
    create index users_shoe on auth.users (shoe_size);
    insert into auth.schema_migrations values ('29990101000000');
    reset role;
    create schema shoes authorization supabase_admin;
    create function shoes.of_all() returns int language sql as 'select 1'
"""


def test_services_that_move_on_are_noted_and_are_neither_drift_nor_part_of_a_baseline(
    make: Make, tmp_path: Path
) -> None:
    url = make()
    project, _ = pulled(url, tmp_path / "before")
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute(RELEASE.encode())
    report = diff(url, project)
    assert report.changes == []
    assert {item.object for item in report.noted} == {
        "column shoe_size on auth.users",
        "function auth.walk()",
        "index auth.users_shoe on auth.users",
        "schema shoes",
        "table auth.shoes",
        "trigger walk on auth.users",
        "type auth.shoe",
    }
    # A second pull has nothing to revise, and brings the folder to where the platform is.
    assert said_afterwards(url, project) == [Path("migrations/platform/platform.jsonl")]
    assert diff(url, project).noted == ()
    # So does a first one after it.
    project, after = pulled(url, tmp_path / "after")
    assert problems(after) == []
    assert "shoe" not in after.path.read_text()
    assert "column shoe_size on auth.users" not in {item.object for item in diff(url, project).noted}
    assert ("relation", "auth.shoes") in Facts.load(project.migrations / "platform").by_key


# As the platform's superuser, who stands for a project whose owner may act for the service's role.
ON_PLATFORM = {
    "column nickname": "alter table storage.objects add column nickname text",
    "constraint named": "alter table storage.objects add constraint named check (name <> '')",
    "index objects_by_size": "create index objects_by_size on storage.objects ((metadata ->> 'size'))",
    "grant to anon": "revoke insert on storage.objects from anon",
}


# A policy, a trigger and grants are the owner's to make; one says what a column is otherwise.
BY_OWNER = """
    create policy late on storage.objects for select to anon using (bucket_id = 'late');
    create trigger late before update on storage.objects for each row
      execute function storage.update_updated_at_column();
    grant select on auth.users to anon with grant option;
    grant select (email) on auth.users to authenticated
"""
LEFT = "alter table storage.objects alter column owner_id set default 'nobody'"


def test_what_the_project_has_on_the_platforms_tables_is_compared_with_head_and_comes_home_later(
    make: Make, tmp_path: Path, shadow: Shadow
) -> None:
    url = make()
    project, _ = pulled(url, tmp_path, shadow)
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute(f"set role supabase_storage_admin; {'; '.join(ON_PLATFORM.values())}".encode())
    report = diff(url, project, shadow=shadow)
    said = {(change.object.identity, change.property) for change in report.changes}
    assert said == {("platform table storage.objects", what) for what in ON_PLATFORM}
    assert not report.ok
    with psycopg.connect(url) as owner:
        owner.execute(BY_OWNER.encode())
    again = pull_again(url, project, "On the platform's tables", shadow=shadow)
    assert (len(again.changes), len(again.written)) == (8, 5)
    # Only the service's role takes away what that has granted: said, with the lines.
    only_theirs = ("platform table storage.objects", "grant to anon")
    assert [(change.object.identity, change.property) for change in again.left] == [only_theirs]
    assert "revoke insert on table storage.objects from anon;" in "".join(again.lines)
    command.stamp(alembic_env.config(project, url), "head")
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute(LEFT.encode())
    once_more = pull_again(url, project, "A column of theirs", shadow=shadow)
    assert [change.property for change in once_more.left] == ["column owner_id", "grant to anon"]
    assert once_more.written == ()


def test_this_repositorys_own_folder_is_the_packaged_platform_without_what_the_project_had_off(
    request: pytest.FixtureRequest,
) -> None:
    own = Facts.load(request.config.rootpath / "migrations/platform")
    gone = [fact for fact in reference().rows if fact not in own.rows]
    assert [fact for fact in own.rows if fact not in reference().rows] == []
    off = {str(fact["name"]) for fact in gone if fact["kind"] == "extension"}
    assert off == {"pg_stat_statements", "pgjwt", "supabase_vault"}
    assert {str(fact["extension"]) for fact in gone if fact["kind"] == "member_acl"} == off
    assert {str(fact["kind"]) for fact in gone} == {"extension", "member_acl", "initial_acl"}
