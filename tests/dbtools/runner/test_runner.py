"""`alembic upgrade` on a project of a few revisions: what arrives, where history is kept, what errors say."""

from __future__ import annotations

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.postgres.shadow import ADMIN, Shadow
from tests.conftest import Connect
from tests.support.repository import Repository, psql
from tests.support.system import row, value


def test_frozen_sql_arrives_byte_for_byte(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    text = "50% :name %s %(x)s {y} $1 ; -- é"
    repository.add("0001", f"create table public.t (a text);\ninsert into public.t values ('{text}');\n")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select a from public.t") == text


def test_history_is_kept_where_no_api_role_reaches_it(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "select 1;")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select version_num from private.alembic_version") == "0001"
    for role in ("anon", "authenticated", "service_role"):
        assert value(platform, f"select has_table_privilege('{role}', 'private.alembic_version', 'select')") is False


def test_looking_does_not_write(repository: Repository, platform: psycopg.Connection, platform_url: str) -> None:
    repository.add("0001", "select 1;")
    done = repository.alembic("current", url=platform_url)
    assert done.returncode == 0, done.stderr
    assert value(platform, "select count(*) from pg_namespace where nspname = 'private'") == 0


def test_a_failure_leaves_the_database_at_the_revision_before_and_names_the_statement(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add(
        "0002", "create table public.b (id int);\n\n-- and then\nalter table public.missing add column x int;\n"
    )
    with pytest.raises(MigrationError) as caught:
        alembic_env.upgrade(repository.project, platform_url)
    message = str(caught.value)
    assert "0002_step.up.sql, line 4" in message
    assert 'relation "public.missing" does not exist' in message
    assert "alter table public.missing" in message
    assert value(platform, "select version_num from private.alembic_version") == "0001"
    assert value(platform, "select to_regclass('public.b')") is None


def test_what_fails_at_the_commit_is_no_traceback(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "create table public.t (a int primary key, b int references public.t initially deferred);")
    repository.add("0002", "insert into public.t values (1, 2);")
    done = repository.alembic("upgrade", "head", url=platform_url)
    assert done.returncode != 0
    assert "violates foreign key constraint" in done.stdout
    assert "Traceback" not in done.stderr
    assert value(platform, "select version_num from private.alembic_version") == "0001"


def test_two_heads_are_refused_until_they_are_merged(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "select 1;")
    repository.add("0002", "create table public.a ();", "drop table public.a;")
    repository.add("0003", "create table public.b ();", "drop table public.b;", after="0001")
    for target in ("head", "heads"):
        with pytest.raises(MigrationError, match="more than one head: 0002, 0003") as caught:
            alembic_env.upgrade(repository.project, platform_url, target)
        assert "alembic merge heads" in str(caught.value)
    configuration = alembic_env.config(repository.project, platform_url)
    command.merge(configuration, "heads", message="one again")
    command.upgrade(configuration, "head")
    assert value(platform, "select to_regclass('public.a') is not null and to_regclass('public.b') is not null")
    platform.rollback()
    command.downgrade(configuration, "0001")
    assert value(platform, "select to_regclass('public.a') is null and to_regclass('public.b') is null")


def test_upgrade_without_a_database_says_what_to_set(repository: Repository) -> None:
    repository.add("0001", "select 1;")
    done = repository.alembic("upgrade", "head")
    assert done.returncode != 0
    assert "no database given" in done.stdout
    assert "DATABASE_URL" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_missing_sql_file_is_a_clear_error(repository: Repository, platform_url: str) -> None:
    repository.add("0001", "select 1;")
    (repository.project.migrations / "versions" / "0001_step.up.sql").unlink()
    done = repository.alembic("upgrade", "head", url=platform_url)
    assert done.returncode != 0
    assert "0001_step.up.sql is missing" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_way_down_runs_the_other_file(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);", "drop table public.b;")
    alembic_env.upgrade(repository.project, platform_url)
    assert repository.alembic("downgrade", "-1", url=platform_url).returncode == 0
    assert value(platform, "select to_regclass('public.b')") is None
    assert value(platform, "select to_regclass('public.a')") is not None


def test_below_the_baseline_a_shadow_is_emptied_and_can_be_filled_again(
    repository: Repository, platform: psycopg.Connection, platform_url: str
) -> None:
    repository.add(
        "0001",
        """
        create schema extra;
        create type public.mood as enum ('good', 'bad');
        create table public.a (id int generated always as identity primary key, mood public.mood);
        create table extra.b (id int references public.a (id));
        create view public.v as select id from public.a;
        create function public.f() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger t after insert on auth.users for each row execute function public.f();
        create policy p on storage.objects for select using (true);
        create extension if not exists pg_cron;
        select cron.schedule('j', '* * * * *', 'select 1');
        """,
    )
    alembic_env.upgrade(repository.project, platform_url)
    done = repository.alembic("downgrade", "base", url=platform_url)
    assert done.returncode == 0, done.stderr
    assert value(platform, "select to_regclass('public.a')") is None
    assert value(platform, "select to_regnamespace('extra')") is None
    assert value(platform, "select to_regclass('cron.job')") is None
    assert value(platform, "select count(*) from pg_policies where schemaname = 'storage'") == 0
    platform.rollback()
    alembic_env.upgrade(repository.project, platform_url)
    assert value(platform, "select to_regclass('extra.b')") is not None


def test_below_the_baseline_any_other_database_is_left_alone(
    repository: Repository, platform: psycopg.Connection, platform_url: str, connect: Connect
) -> None:
    repository.add("0001", "create table public.a (id int);")
    alembic_env.upgrade(repository.project, platform_url)
    # A session that does not see the shadow's mark is in the position of one on a hosted server.
    connect(platform_url, user=ADMIN).execute(f"alter database {platform.info.dbname} set dbtools.shadow to 'off'")
    done = repository.alembic("downgrade", "base", url=platform_url)
    assert done.returncode != 0
    assert "baseline cannot be taken back" in done.stdout
    assert value(platform, "select to_regclass('public.a')") is not None


def test_offline_mode_prints_frozen_sql_byte_for_byte_and_leaves_the_transaction_where_it_must(
    repository: Repository, platform: psycopg.Connection, platform_url: str, shadow: Shadow
) -> None:
    repository.add("0001", "create table public.a (note text default ':x 100%')  -- no semicolon")
    repository.add("0002", "create index concurrently i on public.a (note);")
    repository.add(
        "0003",
        """
        create table public.b as
        select current_setting('lock_timeout') as l, current_setting('statement_timeout') as s;
        """,
        more='contract = Contract(takes=("table public.c",))\n',
    )
    done = repository.alembic("upgrade", "base:head", "--sql")
    assert done.returncode == 0, done.stderr
    assert "-- Takes away what must be out of use: table public.c" in done.stdout
    psql(shadow, platform_url, done.stdout)
    assert value(platform, "select version_num from private.alembic_version") == "0003"
    assert value(platform, "select indisvalid from pg_index where indexrelid = 'public.i'::regclass") is True
    assert row(platform, "select * from public.b") == {"l": "2s", "s": "30min"}
    platform.execute("insert into public.a default values")
    assert value(platform, "select note from public.a") == ":x 100%"
