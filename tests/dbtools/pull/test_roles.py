"""Roles and owners are captured with what they may do; what nobody can act for is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env, catalog, pull
from dbtools.diff import diff
from dbtools.init import init
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.pull import PullOptions
from dbtools.pull.incremental import pull_again
from tests.dbtools.pull.conftest import Make, said, written


def test_an_owner_that_nobody_can_act_for_is_said(make: Make, tmp_path: Path, shadow: Shadow) -> None:
    url = make("create function public.theirs() returns void language sql as ''", user=ADMIN)
    report = pull.pull(url, tmp_path, shadow=shadow)
    assert [item.object for item in report.left_out] == ["owner of function public.theirs()"]
    assert (report.differences, report.ok) == ((), False)
    acknowledged = PullOptions(acknowledged=("owner of *",))
    assert pull.pull(url, tmp_path / "again", shadow=shadow, options=acknowledged).ok


def test_an_event_trigger_comes_along_though_only_a_superuser_makes_one_here(
    make: Make, tmp_path: Path, shadow: Shadow
) -> None:
    url = make("create function public.on_ddl() returns event_trigger language plpgsql as 'begin end'")
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute("create event trigger on_ddl on ddl_command_end execute function public.on_ddl()")
        admin.execute("alter role postgres superuser")
        admin.execute("alter event trigger on_ddl owner to postgres")
        admin.execute("alter role postgres nosuperuser")
    report = pull.pull(url, tmp_path, shadow=shadow)
    assert (report.left_out, said(report.differences)) == ((), [])
    assert report.captured["event trigger"] == 1


def test_an_event_trigger_may_call_what_only_this_platform_has(make: Make, tmp_path: Path, shadow: Shadow) -> None:
    url = make("create function extensions.theirs() returns event_trigger language plpgsql as 'begin end'", user=ADMIN)
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute("create event trigger on_ddl on ddl_command_end execute function extensions.theirs()")
        admin.execute("alter role postgres superuser")
        admin.execute("alter event trigger on_ddl owner to postgres")
        admin.execute("alter role postgres nosuperuser")
    report = pull.pull(url, tmp_path, shadow=shadow)
    assert (report.left_out, report.unproven, said(report.differences)) == ((), (), [])
    assert "EXECUTE FUNCTION extensions.theirs()" in report.path.read_text()


def test_a_role_and_an_extension_that_the_shadow_lacks_are_made_there(make: Make, tmp_path: Path) -> None:
    with Shadow() as far:
        far.offer_extension("made_up", "2.0")
        url = far.create()
        with psycopg.connect(url) as connection:
            connection.execute("""
                create role "app reader" nologin;
                create role app_owner nologin;
                grant "app reader" to authenticated;
                grant anon to "app reader";
                grant app_owner to postgres;
                create extension made_up with schema extensions;
                create table public.t ();
                grant select on public.t to "app reader";
                create policy p on public.t to "app reader" using (true);
                create schema app authorization app_owner;
                create table app.u ();
                grant create on schema public to app_owner;
                alter table app.u owner to app_owner;
                alter default privileges for role app_owner in schema app grant select on tables to "app reader"
            """)
        report = pull.pull(url, tmp_path)
    assert (report.left_out, said(report.differences)) == ((), [])
    assert report.captured["role"] == 2


def test_an_owner_that_is_there_already_and_has_not_the_runner_for_a_member_is_named(
    make: Make, shadow: Shadow
) -> None:
    url, other = make("create role boss; grant boss to postgres; create schema app authorization boss"), make()
    text = written(url)
    with psycopg.connect(other) as runner:
        runner.execute("revoke boss from postgres")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="boss is there already") as caught:
            runner.execute(text.encode())
        runner.rollback()
        # As its member it loads.
        runner.execute(text.encode())
        runner.rollback()
    assert caught.value.diag.message_hint == "grant boss to postgres"
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute("drop owned by boss; drop role boss")


def test_roles_come_with_their_limits_comments_and_the_options_of_their_memberships(make: Make, tmp_path: Path) -> None:
    with Shadow() as far:
        url = far.create()
        with psycopg.connect(url) as connection:
            connection.execute("""
                create role b_reader connection limit 3 valid until '2031-01-01 00:00:00+00';
                create role z_group noinherit;
                grant z_group to b_reader with admin option, inherit false;
                grant z_group to authenticator with inherit true, set false;
                comment on role z_group is '$role$ of all';
                create table public.t ();
                grant select on public.t to b_reader
            """)
        report = pull.pull(url, tmp_path)
    assert (report.left_out, said(report.differences)) == ((), [])
    assert report.captured["role"] == 2
    text = report.path.read_text()
    assert "grant z_group to b_reader with admin option, inherit false;" in text
    assert "grant z_group to authenticator with inherit true, set false;" in text


ROLES = """
    create role app login connection limit 5;
    alter role app set statement_timeout = '5s';
    alter role app set search_path = '', public, "Shelf";
    create table public.items (id integer primary key);
    insert into public.items select generate_series(1, 3);
    grant select on public.items to app
"""
CHANGED = """
    create role auditor login createdb noinherit valid until '2099-01-01';
    create role readers;
    grant readers to auditor, app;
    grant select on public.items to auditor;
    comment on role auditor is 'who looks';
    alter role app nologin noinherit createdb connection limit -1;
    alter role app reset statement_timeout;
    alter role app set lock_timeout = '3s'
"""


@pytest.fixture
def servers() -> Iterator[tuple[Shadow, Shadow]]:
    """Two servers, since roles are a whole server's: where live is, and where it is proven."""
    with Shadow() as live, Shadow() as there:
        yield live, there


def pulled(servers: tuple[Shadow, Shadow], to: Path, more: str = "") -> tuple[str, Project, pull.PullReport]:
    live, there = servers
    url = live.create()
    with psycopg.connect(url) as connection:
        connection.execute(ROLES.encode())
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute(more.encode())
    init(to)
    project = Project.find(to)
    report = pull.pull(url, project.migrations, shadow=there)
    command.stamp(alembic_env.config(project, url), "0001")
    return url, project, report


def test_what_a_role_is_set_to_comes_along_but_for_what_may_be_a_secret(
    servers: tuple[Shadow, Shadow], tmp_path: Path
) -> None:
    url, project, report = pulled(servers, tmp_path, "alter role app set app.secret = 'hunter2'")
    left_out = [item.object for item in report.left_out]
    assert left_out == ["setting app.secret of role app", "password of role app"]
    assert said(report.differences) == []
    text = report.path.read_text()
    assert """alter role app set search_path = '', public, "Shelf";""" in text
    assert "hunter2" not in text
    found = diff(url, project, shadow=servers[1])
    assert (said(found.changes), [item.object for item in found.noted]) == ([], ["setting app.secret of role app"])


def test_roles_made_and_altered_by_hand_come_home(servers: tuple[Shadow, Shadow], tmp_path: Path) -> None:
    url, project, _ = pulled(servers, tmp_path)
    there = servers[1]
    with psycopg.connect(url) as connection:
        connection.execute(CHANGED.encode())
    report = pull_again(url, project, "Auditors", shadow=there)
    assert (said(report.left), [item.object for item in report.left_out]) == ([], ["password of role auditor"])
    target = there.create()
    alembic_env.upgrade(project, target)
    command.downgrade(alembic_env.config(project, target), "0001")
    alembic_env.upgrade(project, target)
    assert said(diff(target, project, shadow=there).changes) == []
    with psycopg.connect(target) as connection:
        query = "select rolcanlogin, rolconnlimit, rolconfig from pg_roles where rolname = 'app'"
        app = connection.execute(query).fetchone()
    assert app == (False, -1, ['search_path="", public, "Shelf"', "lock_timeout=3s"])


def test_another_databases_role_is_none_of_this_ones_with_its_comment(servers: tuple[Shadow, Shadow]) -> None:
    url = servers[0].create()
    with psycopg.connect(url) as connection:
        connection.execute("create role theirs; comment on role theirs is 'of another database'")
        assert not [name for name in catalog.read(connection).objects if "theirs" in name]
        connection.execute("create table public.t (); grant select on public.t to theirs")
        names = [name for name in catalog.read(connection).objects if "theirs" in name]
    assert names == ["comment on role theirs", "grant to theirs on table public.t", "role theirs"]
