-- The roles of a hosted project, for a fresh server. The bootstrap superuser has already been renamed to supabase_admin.

-- The project's owner: powerful, but no superuser.
create role postgres with login createdb createrole replication bypassrls;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

-- PostgREST logs in as authenticator and becomes one of the other three for each request.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;

-- One owner for each of the platform's services.
create role supabase_auth_admin login noinherit createrole;
create role supabase_storage_admin login noinherit createrole;
create role supabase_realtime_admin nologin noinherit;
create role supabase_functions_admin login noinherit createrole;
create role supabase_replication_admin login replication;
create role supabase_read_only_user login bypassrls;
create role dashboard_user nologin createdb createrole replication;
grant pg_read_all_data to supabase_read_only_user;

-- A hosted server lets postgres write policies on storage and realtime tables through a hook of its own (supautils), and
-- let it change auth as well until 2025: what projects made there then is still there. Membership in the owning roles is
-- the nearest thing that plain Postgres has.
grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres;

alter role supabase_admin set search_path to "$user", public, auth, extensions;
alter role postgres set search_path to "$user", public, extensions;
alter role supabase_auth_admin set search_path to auth;
alter role supabase_storage_admin set search_path to storage;
alter role anon set statement_timeout to '3s';
alter role authenticated set statement_timeout to '8s';
alter role authenticator set statement_timeout to '8s';
alter role authenticator set lock_timeout to '8s';
