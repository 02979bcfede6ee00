"""Defects to plant in a database at head: what is done, at which level `verify` must find it, and what it must say."""

from __future__ import annotations

from typing import NamedTuple

from dbtools.verify import Level


class Defect(NamedTuple):
    """A statement of the superuser's; the lowest level that finds it, and the change that is reported there.

    The change is an action, an object, and the property, but of a check. `{database}` in the statement is the
    database's name.
    """

    statement: str
    level: Level
    change: tuple[str, str, str]


CREATE_JOB = "function public.create_job(jsonb, integer, text, text, uuid, text)"
BODY = "function private.create_job(jsonb, integer, text, text, uuid, text)"

THERE: dict[str, tuple[str, tuple[str, str, str]]] = {
    "a function is dropped": (
        "drop function public.reap_stale_chunks()",
        ("missing", "function public.reap_stale_chunks()", ""),
    ),
    "a body is changed": (
        "create or replace function public.mark_nodes_offline() returns integer language sql "
        "set search_path = '' as 'select 0'",
        ("different", "function public.mark_nodes_offline()", "body"),
    ),
    "a revoke is lost": (
        "grant execute on function public.assign_chunks(integer, uuid) to anon",
        ("extra", "grant to anon on function public.assign_chunks(integer, uuid)", ""),
    ),
    "everybody may call": (
        "grant execute on function private.create_job(jsonb, integer, text, text, uuid, text) to public",
        ("extra", f"grant to public on {BODY}", ""),
    ),
    "a grant is lost": (
        "revoke execute on function public.create_job(jsonb, integer, text, text, uuid, text) from authenticated",
        ("missing", f"grant to authenticated on {CREATE_JOB}", ""),
    ),
    "there is a second overload": (
        "create function public.create_job(p_config jsonb) returns jsonb language sql return '{}'::jsonb",
        ("extra", "function public.create_job(jsonb)", ""),
    ),
    "the search_path is not pinned": (
        "alter function public.claim_node(uuid, text, integer) reset search_path",
        ("different", "function public.claim_node(uuid, text, integer)", "settings"),
    ),
    "a definer became an invoker": (
        "alter function private.create_job(jsonb, integer, text, text, uuid, text) security invoker",
        ("different", BODY, "security"),
    ),
    "the volatility is another": (
        "alter function public.create_job(jsonb, integer, text, text, uuid, text) stable",
        ("different", CREATE_JOB, "volatility"),
    ),
    "the owner is another": (
        "alter function public.cleanup_stale_data() owner to supabase_admin",
        ("different", "function public.cleanup_stale_data()", "owner"),
    ),
    "an argument has another name": (
        "set role postgres; drop function public.verify_claim_code(text); "
        "create function public.verify_claim_code(code text) returns jsonb language sql set search_path = '' "
        "as 'select private.verify_claim_code(code)'",
        ("different", "function public.verify_claim_code(text)", "arguments"),
    ),
    "a trigger is disabled": (
        "alter table public.jobs_chunks disable trigger trg_pending_chunk",
        ("different", "trigger trg_pending_chunk on public.jobs_chunks", "enabled"),
    ),
    "a trigger is dropped": (
        "drop trigger trg_pending_chunk on public.jobs_chunks",
        ("missing", "trigger trg_pending_chunk on public.jobs_chunks", ""),
    ),
    "a trigger is added": (
        "create trigger listening after insert on public.jobs for each row execute function public.touch_updated_at()",
        ("extra", "trigger listening on public.jobs", ""),
    ),
    "a trigger on a platform table is dropped": (
        "drop trigger on_auth_user_created on auth.users",
        ("missing", "trigger on_auth_user_created on auth.users", ""),
    ),
    "a policy is widened": (
        "alter policy jobs_select_own on public.jobs using (true)",
        ("different", "policy jobs_select_own on public.jobs", "using"),
    ),
    "a policy is for everybody": (
        "alter policy jobs_select_own on public.jobs to public",
        ("different", "policy jobs_select_own on public.jobs", "roles"),
    ),
    "a policy is added": (
        "create policy sneaky on public.rotations for select to anon using (true)",
        ("extra", "policy sneaky on public.rotations", ""),
    ),
    "a policy is dropped": (
        "drop policy jobs_delete_own on public.jobs",
        ("missing", "policy jobs_delete_own on public.jobs", ""),
    ),
    "a policy on a platform table is dropped": (
        'drop policy "Rotation images are visible" on storage.objects',
        ("missing", 'policy "Rotation images are visible" on storage.objects', ""),
    ),
    "a policy on a platform table is added": (
        "create policy sneaky on storage.objects for select to anon using (true)",
        ("extra", "policy sneaky on storage.objects", ""),
    ),
    "a trigger on a platform table is added": (
        "create trigger listening after insert on auth.users for each row execute function public.touch_updated_at()",
        ("extra", "trigger listening on auth.users", ""),
    ),
    "row level security is off": (
        "alter table public.nodes disable row level security",
        ("different", "table public.nodes", "row level security"),
    ),
    "a table may be truncated": (
        "grant truncate on public.rotations to anon",
        ("different", "grant to anon on table public.rotations", "privileges"),
    ),
    "a column may be written": (
        "grant update (result) on public.jobs to authenticated",
        ("extra", "grant to authenticated on column public.jobs.result", ""),
    ),
    "the internals are open": (
        "grant usage on schema private to anon with grant option",
        ("different", "grant to anon on schema private", "privileges"),
    ),
    "what comes next is open": (
        "alter default privileges for role postgres in schema private grant all on tables to anon",
        ("extra", "default privileges of postgres in schema private for tables to anon", ""),
    ),
    "a table left the publication": (
        "alter publication supabase_realtime drop table public.jobs_chunks",
        ("missing", "table public.jobs_chunks in publication supabase_realtime", ""),
    ),
    "a cron job is gone": (
        "delete from cron.job where jobname = 'refresh-daily-throughput'",
        ("missing", 'cron job "refresh-daily-throughput"', ""),
    ),
    "a cron job sleeps": (
        "update cron.job set active = false where jobname = 'refresh-rotations-by-spec'",
        ("different", 'cron job "refresh-rotations-by-spec"', "active"),
    ),
    "a constraint is gone": (
        "alter table public.jobs_chunks drop constraint jobs_chunks_status_check",
        ("missing", "constraint jobs_chunks_status_check on public.jobs_chunks", ""),
    ),
    "a foreign key deletes otherwise": (
        "alter table public.jobs_chunks drop constraint jobs_chunks_node_id_fkey, "
        "add constraint jobs_chunks_node_id_fkey foreign key (node_id) references public.nodes",
        ("different", "constraint jobs_chunks_node_id_fkey on public.jobs_chunks", "definition"),
    ),
    "an index is gone": (
        "drop index public.idx_jobs_chunks_waiting",
        ("missing", "index public.idx_jobs_chunks_waiting", ""),
    ),
    "a default is another": (
        "alter table public.jobs alter column access_type set default 'public'",
        ("different", "column public.jobs.access_type", "default"),
    ),
    "a column may be empty": (
        "alter table public.nodes alter column public_key drop not null",
        ("different", "column public.nodes.public_key", "not null"),
    ),
    "a materialized view is gone": (
        "drop materialized view public.stats_daily_throughput",
        ("missing", "materialized view public.stats_daily_throughput", ""),
    ),
    "a bucket is open": (
        "update storage.buckets set file_size_limit = null where id = 'rotation-images'",
        ("different", 'bucket "rotation-images"', "file_size_limit"),
    ),
}

SOUND: dict[str, tuple[str, tuple[str, str, str]]] = {
    # What nobody declared is compared with nothing, and must be sound all the same.
    "a body calls what its search_path does not find": (
        "set check_function_bodies = off; create function public.sign(a text) returns bytea language sql "
        "set search_path = public as $$ select digest(a, 'sha256') $$; revoke all on function public.sign from public",
        ("different", "function public.sign(text)", "body"),
    ),
    "a body reads a column that is gone": (
        "set check_function_bodies = off; create function public.newest() returns timestamptz language sql "
        "set search_path = '' as 'select max(made_at) from public.jobs'",
        ("different", "function public.newest()", "body"),
    ),
    "a definer means what its caller says": (
        "create function public.mine() returns bigint language sql security definer as 'select 1::bigint'",
        ("different", "function public.mine()", "search_path"),
    ),
    "a definer looks into its caller's temporary schema first": (
        "create function public.mine() returns bigint language sql security definer set search_path = public "
        "as 'select count(*) from jobs'",
        ("different", "function public.mine()", "search_path"),
    ),
    "a client's call fits two functions": (
        "create function public.twice(a integer) returns integer language sql set search_path = '' as 'select 1'; "
        "create function public.twice(a bigint) returns integer language sql set search_path = '' as 'select 1'",
        ("different", "function public.twice(integer)", "overloads"),
    ),
    "a table without a fence": (
        "create table public.notes (id integer); grant select on public.notes to anon",
        ("different", "table public.notes", "row level security"),
    ),
    "a view that reads as its owner": (
        "create view public.everything as select * from public.jobs; grant select on public.everything to anon",
        ("different", "view public.everything", "security_invoker"),
    ),
    "a policy that asks for each row": (
        "create table private.notes (id uuid primary key); alter table private.notes enable row level security; "
        "create policy mine on private.notes using (id = auth.uid())",
        ("different", "policy mine on private.notes", "asks who the user is"),
    ),
    "a policy without an index": (
        "create table private.notes (writer uuid); alter table private.notes enable row level security; "
        "create policy mine on private.notes using (writer = (select auth.uid()))",
        ("different", "policy mine on private.notes", "index"),
    ),
    "a foreign key without an index": (
        "create table private.notes (job uuid constraint of_job references public.jobs)",
        ("different", "constraint of_job on private.notes", "index"),
    ),
}

LIVE: dict[str, tuple[str, tuple[str, str, str]]] = {
    # The catalog is as it should be, and the service does not work.
    "the settings are gone": (
        "delete from private.settings",
        ("different", "check sql/functions/create_job.check.sql", ""),
    ),
    "a limit that stops everybody": (
        "update private.settings set max_iterations_per_job = 1",
        ("different", "check sql/job.check.sql", ""),
    ),
    "the platform knows no user": (
        "create or replace function auth.uid() returns uuid language sql stable as 'select null::uuid'",
        ("different", "check sql/job.check.sql", ""),
    ),
    "the platform takes everybody for one": (
        "create or replace function auth.uid() returns uuid language sql stable "
        "as $$ select '00000000-0000-4000-8000-00000000000a'::uuid $$",
        ("different", "check sql/job.check.sql", ""),
    ),
    "triggers do not fire": (
        "alter database {database} set session_replication_role = replica",
        ("different", "check sql/job.check.sql", ""),
    ),
}

LEVELS: dict[Level, dict[str, tuple[str, tuple[str, str, str]]]] = {"there": THERE, "sound": SOUND, "live": LIVE}
DEFECTS = {
    name: Defect(statement, level, change)
    for level, defects in LEVELS.items()
    for name, (statement, change) in defects.items()
}
