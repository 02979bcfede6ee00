"""A pull of a plain Postgres: no name means anything there, and nothing is taken for a platform's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from dbtools.errors import ShadowError
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.shadow import Shadow
from tests.conftest import MAJORS, missing
from tests.dbtools.catalog.mutations import SETUP
from tests.support.pulled import problems, pulled, said_afterwards

Make = Callable[..., str]

# A project whose names are those of a hosted platform's.
LOOKS_HOSTED = """
    create schema auth; create schema storage; create schema cron; create schema graphql; create schema extensions;
    create role anon; create role authenticator noinherit; grant anon to authenticator;
    create table auth.users (id integer primary key, email text);
    create table storage.objects (id integer); create table storage.buckets (id text primary key);
    create table cron.job (jobid integer);
    create function auth.uid() returns integer language sql stable as 'select 1';
    grant usage on schema auth to anon; grant select on auth.users to anon;
    create trigger same before update on auth.users for each row execute function suppress_redundant_updates_trigger();
    create policy own on auth.users to anon using (id = auth.uid());
    create publication supabase_realtime for table auth.users
"""
HOSTED_NAMES = (
    "create schema if not exists auth", "create table auth.users", "create table cron.job", "create role anon",
    "create publication supabase_realtime", "create trigger same",
)  # fmt: skip
OWNERS = """
    create role a_user; create role z_group; grant z_group to a_user; grant create on schema public to a_user, z_group;
    create table public.t (s varchar(9) check (s in ('a', 'b'))); alter table public.t owner to z_group;
    create view public.v as select 1 as a; alter view public.v owner to a_user;
    alter default privileges in schema public grant select on tables to z_group;
    create function public.on_ddl() returns event_trigger language plpgsql as 'begin end';
    create event trigger on_ddl on ddl_command_end execute function public.on_ddl();
    create table public.a_table_whose_name_is_as_long_as_that_of_a_table_may_be_at_most (
      a_column_whose_name_is_as_long_as_that_of_a_column_may_be_atmost integer not null
    )
"""
KEYWORDS = Path(__file__).with_name("keywords.sql").read_text()
# Live's major version and the shadow's; a plain run takes two pairs, DBTOOLS_FIGURES=full all.
PAIRS = [(live, shadow) for live in MAJORS for shadow in (15, 18) if live != shadow]
PAIRS = PAIRS if os.environ.get("DBTOOLS_FIGURES") == "full" else [(14, 18), (17, 15)]
MADE = ["anon", "authenticator", "a_user", "z_group", "somebody", "mut_a", "mut_b", "mut_group", "mut_far", "mut_super"]
MADE += ['"system_user"', '"json_objectagg"']


@pytest.fixture(scope="module", params=MAJORS)
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedServer]:
    try:
        made = EmbeddedServer(major=request.param)
    except ShadowError as error:
        missing(error.message)
    made.prepare()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def make(server: EmbeddedServer) -> Iterator[Make]:
    """`make(sql)` is the URL of a database that its owner ran that in: the superuser's, or another role's."""

    def make_one(statements: str, *, owner: str = "") -> str:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            if owner:
                admin.execute(f"create role {owner} login createrole")
            admin.execute("create database live" + (f" owner {owner}" if owner else ""))
        url = server.url("live", user=owner) if owner else server.url("live")
        with psycopg.connect(url) as connection:
            connection.execute(statements.encode())
        return url

    yield make_one
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database live with (force)")
        for role in MADE:
            admin.execute(f"drop role if exists {role}")


@pytest.mark.parametrize(
    ("statements", "owner", "parts"),
    [
        ("", "", ()),
        (LOOKS_HOSTED, "", HOSTED_NAMES),
        (LOOKS_HOSTED, "somebody", HOSTED_NAMES),
        (f"{OWNERS};{SETUP};{KEYWORDS}", "", ("create operator class m.cl", "create statistics m.st")),
    ],
    ids=[
        "empty",
        "hosted names",
        "hosted names, an owner without superuser",
        "every kind, several roles, keywords",
    ],
)
def test_it_is_captured_whole_and_silent_afterwards(
    make: Make, tmp_path: Path, statements: str, owner: str, parts: Sequence[str]
) -> None:
    url = make(statements, owner=owner)
    project, report = pulled(url, tmp_path)
    assert (problems(report), report.ok, said_afterwards(url, project)) == ([], True, [])
    baseline = report.path.read_text().lower()
    assert [part for part in parts if part not in baseline] == []


@pytest.mark.parametrize(("server", "of_shadow"), PAIRS, indirect=["server"])
def test_it_is_silent_when_the_shadow_is_of_another_major_version(make: Make, tmp_path: Path, of_shadow: int) -> None:
    url = make(f"{SETUP};{KEYWORDS}")
    with Shadow(major=of_shadow) as shadow:
        project, report = pulled(url, tmp_path, shadow)
    assert (problems(report), report.ok, said_afterwards(url, project, of_shadow)) == ([], True, [])
    assert (report.majors or ())[1:] == (of_shadow,)
