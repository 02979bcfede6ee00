"""`alembic upgrade` on a project of a few revisions: what arrives, where history is kept, what errors say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.config import Project
from dbtools.errors import MigrationError
from dbtools.shadow import ADMIN
from tests.conftest import Connect
from tests.database.system import value

Revise = Callable[..., None]

PYPROJECT = '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
REVISION = """
from dbtools.revision import {kind}

revision = {revision!r}
down_revision = {down!r}

upgrade, downgrade = {kind}(__file__)
"""


@pytest.fixture
def other(tmp_path: Path, project: Project) -> Project:
    """Another repository that uses dbtools."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text((project.migrations / "env.py").read_text())
    return Project.find(tmp_path)


@pytest.fixture
def revise(other: Project) -> Revise:
    """`revise("0002", up, down)` adds a revision on top of the one before; the first is a baseline."""

    def add(revision: str, up: str, down: str = "") -> None:
        before = f"{int(revision) - 1:04}" if revision != "0001" else None
        stem = other.migrations / "versions" / f"{revision}_step"
        kind = "frozen" if before else "baseline"
        stem.with_suffix(".py").write_text(REVISION.format(kind=kind, revision=revision, down=before))
        stem.with_suffix(".up.sql").write_text(up)
        stem.with_suffix(".down.sql").write_text(down)

    return add


def alembic(project: Project, *words: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
    """The real command line, as CI calls it."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [str(Path(sys.executable).with_name("alembic")), *words],
        cwd=project.root,
        env={**environment, **({"DATABASE_URL": url} if url else {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_frozen_sql_arrives_byte_for_byte(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    text = "50% :name %s %(x)s {y} $1 ; -- é"
    revise("0001", f"create table public.t (a text);\ninsert into public.t values ('{text}');\n")
    alembic_env.upgrade(other, platform_url)
    assert value(platform, "select a from public.t") == text


def test_history_is_kept_where_no_api_role_reaches_it(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "select 1;")
    alembic_env.upgrade(other, platform_url)
    assert value(platform, "select version_num from private.alembic_version") == "0001"
    for role in ("anon", "authenticated", "service_role"):
        assert value(platform, f"select has_table_privilege('{role}', 'private.alembic_version', 'select')") is False


def test_looking_does_not_write(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "select 1;")
    done = alembic(other, "current", url=platform_url)
    assert done.returncode == 0, done.stderr
    assert value(platform, "select count(*) from pg_namespace where nspname = 'private'") == 0


def test_a_failure_leaves_the_database_at_the_revision_before_and_names_the_statement(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "create table public.a (id int);")
    revise("0002", "create table public.b (id int);\n\n-- and then\nalter table public.missing add column x int;\n")
    with pytest.raises(MigrationError) as caught:
        alembic_env.upgrade(other, platform_url)
    message = str(caught.value)
    assert "0002_step.up.sql, line 4" in message
    assert 'relation "public.missing" does not exist' in message
    assert "alter table public.missing" in message
    assert value(platform, "select version_num from private.alembic_version") == "0001"
    assert value(platform, "select to_regclass('public.b')") is None


def test_upgrade_without_a_database_says_what_to_set(other: Project, revise: Revise) -> None:
    revise("0001", "select 1;")
    done = alembic(other, "upgrade", "head")
    assert done.returncode != 0
    assert "no database given" in done.stdout
    assert "DATABASE_URL" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_missing_sql_file_is_a_clear_error(other: Project, revise: Revise, platform_url: str) -> None:
    revise("0001", "select 1;")
    (other.migrations / "versions" / "0001_step.up.sql").unlink()
    done = alembic(other, "upgrade", "head", url=platform_url)
    assert done.returncode != 0
    assert "0001_step.up.sql is missing" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_way_down_runs_the_other_file(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "create table public.a (id int);")
    revise("0002", "create table public.b (id int);", "drop table public.b;")
    alembic_env.upgrade(other, platform_url)
    assert alembic(other, "downgrade", "-1", url=platform_url).returncode == 0
    assert value(platform, "select to_regclass('public.b')") is None
    assert value(platform, "select to_regclass('public.a')") is not None


def test_below_the_baseline_a_shadow_is_emptied_and_can_be_filled_again(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise(
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
        select cron.schedule('j', '* * * * *', 'select 1');
        """,
    )
    alembic_env.upgrade(other, platform_url)
    done = alembic(other, "downgrade", "base", url=platform_url)
    assert done.returncode == 0, done.stderr
    assert value(platform, "select to_regclass('public.a')") is None
    assert value(platform, "select to_regnamespace('extra')") is None
    assert value(platform, "select count(*) from cron.job") == 0
    assert value(platform, "select count(*) from pg_policies where schemaname = 'storage'") == 0
    platform.rollback()
    alembic_env.upgrade(other, platform_url)
    assert value(platform, "select to_regclass('extra.b')") is not None


def test_below_the_baseline_any_other_database_is_left_alone(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str, connect: Connect
) -> None:
    revise("0001", "create table public.a (id int);")
    alembic_env.upgrade(other, platform_url)
    # A session that does not see the shadow's mark is in the position of one on a hosted server.
    connect(platform_url, user=ADMIN).execute(f"alter database {platform.info.dbname} set dbtools.shadow to 'off'")
    done = alembic(other, "downgrade", "base", url=platform_url)
    assert done.returncode != 0
    assert "baseline cannot be taken back" in done.stdout
    assert value(platform, "select to_regclass('public.a')") is not None


def test_offline_mode_prints_a_script_that_gives_the_same_schema(
    other: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "create table public.a (note text default ':x 100%');")
    revise("0002", "create table public.b (id int);")
    done = alembic(other, "upgrade", "base:head", "--sql")
    assert done.returncode == 0, done.stderr
    platform.execute(done.stdout.encode())
    assert value(platform, "select version_num from private.alembic_version") == "0002"
    platform.execute("insert into public.a default values")
    assert value(platform, "select note from public.a") == ":x 100%"
