-- Revision 0004, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0003' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0004', '0003', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- The API roles reach what is meant for them and nothing else. Grants are written out, because the platform's default
-- privileges give all of them everything, TRUNCATE included, which no policy holds back.

drop policy "Users manage their own jobs" on public.jobs;
drop policy "Users see chunks of their jobs" on public.jobs_chunks;
drop policy "Users add chunks to their jobs" on public.jobs_chunks;
drop policy "Node owners update assigned chunks" on public.jobs_chunks;
drop policy "Anyone signed in adds configs" on public.jobs_configs;
drop policy "Users see configs of their jobs" on public.jobs_configs;
drop policy "Service role manages configs" on public.jobs_configs;
drop policy "Owners see their nodes" on public.nodes;
drop policy "Owners update their nodes" on public.nodes;
drop policy "Owners delete their nodes" on public.nodes;
drop policy "Owners manage permissions of their nodes" on public.nodes_permissions;
drop policy "Public or own rotations are visible" on public.rotations;
drop policy "Users insert their own rotations" on public.rotations;
drop policy "Users update their own rotations" on public.rotations;
drop policy "Users delete their own rotations" on public.rotations;
drop policy "Users see versions they made" on public.rotations_versions;
drop policy "Users insert versions they made" on public.rotations_versions;

-- For private.rotation_is_open. Hash, because a btree refuses long keys, and a rotationId is anybody's free text.
create index idx_jobs_configs_rotation_id on public.jobs_configs using hash (lower(config ->> 'rotationId'));

-- The policy on rotations asks this as its caller, who may not see other people's jobs; hence definer. A rotationId is
-- free text of some user's: the rotation's id is made text, never the text an id, so a malformed one breaks no read.
create or replace function private.rotation_is_open(p_rotation_id uuid)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from public.jobs_configs as c
    inner join public.jobs as j on j.config_hash = c.hash
    where lower(c.config ->> 'rotationId') = p_rotation_id::text and j.status in ('pending', 'running')
  );
$$;

comment on function private.rotation_is_open(uuid) is
'Does the config of a job that is still pending or running name this rotation? Then nodes must be able to fetch it.';

revoke all on function private.rotation_is_open(uuid) from public, anon, authenticated, service_role;
grant execute on function private.rotation_is_open(uuid) to anon, authenticated, service_role;

-- Jobs are made by create_job and moved on by the chunks' triggers; their owner sees and deletes them.
-- service_role still writes because the edge functions of the transition do.
alter table public.jobs enable row level security;

revoke all on table public.jobs from public, anon, authenticated, service_role;
grant select, delete on table public.jobs to authenticated;
grant select, insert, update, delete on table public.jobs to service_role;

drop policy if exists jobs_select_own on public.jobs;
create policy jobs_select_own on public.jobs
for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists jobs_delete_own on public.jobs;
create policy jobs_delete_own on public.jobs
for delete to authenticated using (user_id = (select auth.uid()));

-- Chunks are made by create_job and changed by the scheduler's functions; the owners of the job and of the assigned
-- node watch. service_role still writes because the edge functions of the transition do.
alter table public.jobs_chunks enable row level security;

revoke all on table public.jobs_chunks from public, anon, authenticated, service_role;
grant select on table public.jobs_chunks to authenticated;
grant select, insert, update, delete on table public.jobs_chunks to service_role;

drop policy if exists jobs_chunks_select_of_own_jobs_and_nodes on public.jobs_chunks;
create policy jobs_chunks_select_of_own_jobs_and_nodes on public.jobs_chunks
for select to authenticated using (
  job_id in (
    select j.id from public.jobs as j
    where j.user_id = (select auth.uid())
  )
  or node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
);

-- Every config is readable, because a node holds only the anon key and must fetch what it is to compute. Only
-- create_job writes. service_role still does because the edge functions of the transition do.
alter table public.jobs_configs enable row level security;

revoke all on table public.jobs_configs from public, anon, authenticated, service_role;
grant select on table public.jobs_configs to anon, authenticated;
grant select, insert, update, delete on table public.jobs_configs to service_role;

drop policy if exists jobs_configs_select on public.jobs_configs;
create policy jobs_configs_select on public.jobs_configs
for select to anon, authenticated using (true);

-- A node enters by register_node and gets its owner by claim_node; the owner sees, changes and deletes it.
alter table public.nodes enable row level security;

revoke all on table public.nodes from public, anon, authenticated, service_role;
grant select, update, delete on table public.nodes to authenticated;
grant select, insert, update, delete on table public.nodes to service_role;

drop policy if exists nodes_select_own on public.nodes;
create policy nodes_select_own on public.nodes
for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists nodes_update_own on public.nodes;
create policy nodes_update_own on public.nodes
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists nodes_delete_own on public.nodes;
create policy nodes_delete_own on public.nodes
for delete to authenticated using (user_id = (select auth.uid()));

-- Who else may use a node is its owner's to say.
alter table public.nodes_permissions enable row level security;

revoke all on table public.nodes_permissions from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.nodes_permissions to authenticated, service_role;

drop policy if exists nodes_permissions_all_of_own_nodes on public.nodes_permissions;
create policy nodes_permissions_all_of_own_nodes on public.nodes_permissions
for all to authenticated
using (
  node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
)
with check (
  node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
);

-- A private rotation is open for reading only while a job that is pending or running needs it: its nodes come with the
-- anon key and must be able to fetch it.
alter table public.rotations enable row level security;

revoke all on table public.rotations from public, anon, authenticated, service_role;
grant select on table public.rotations to anon;
grant select, insert, update, delete on table public.rotations to authenticated, service_role;

drop policy if exists rotations_select_public_own_or_open on public.rotations;
create policy rotations_select_public_own_or_open on public.rotations
for select to anon, authenticated
using (is_public or user_id = (select auth.uid()) or private.rotation_is_open(id));

drop policy if exists rotations_insert_own on public.rotations;
create policy rotations_insert_own on public.rotations
for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists rotations_update_own on public.rotations;
create policy rotations_update_own on public.rotations
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists rotations_delete_own on public.rotations;
create policy rotations_delete_own on public.rotations
for delete to authenticated using (user_id = (select auth.uid()));

-- History is filed by a trigger; a user may add a version by hand, to a rotation of their own only, or it would stand
-- in the way of somebody else's next edit.
alter table public.rotations_versions enable row level security;

revoke all on table public.rotations_versions from public, anon, authenticated, service_role;
grant select, insert on table public.rotations_versions to authenticated;
grant select, insert, update, delete on table public.rotations_versions to service_role;

drop policy if exists rotations_versions_select_own on public.rotations_versions;
create policy rotations_versions_select_own on public.rotations_versions
for select to authenticated using (created_by = (select auth.uid()));

drop policy if exists rotations_versions_insert_own on public.rotations_versions;
create policy rotations_versions_insert_own on public.rotations_versions
for insert to authenticated with check (
  created_by = (select auth.uid())
  and rotation_id in (
    select r.id from public.rotations as r
    where r.user_id = (select auth.uid())
  )
);

-- A materialized view knows no row level security. This one holds totals over everybody, for those who are signed in.
revoke all on table public.stats_daily_throughput from public, anon, authenticated, service_role;
grant select on table public.stats_daily_throughput to authenticated, service_role;

-- A materialized view knows no row level security. This one holds totals over public rotations only.
revoke all on table public.stats_rotations_by_spec from public, anon, authenticated, service_role;
grant select on table public.stats_rotations_by_spec to anon, authenticated, service_role;

-- The functions that were there: pinned search_path, exact grants; definers out of the exposed schema.

-- Definer, because nobody owns an unclaimed node and so no policy lets a user see it.
create or replace function private.verify_claim_code(p_code text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_node public.nodes;
begin
  perform private.signed_in_user();

  select n.* into v_node from public.nodes as n
  where n.claim_code = upper(replace(p_code, '-', '')) and n.user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  return jsonb_build_object(
    'valid', true,
    'nodeId', v_node.id,
    'name', v_node.name,
    'totalCores', v_node.total_cores,
    'platform', v_node.platform,
    'version', v_node.version
  );
end;
$$;

comment on function private.verify_claim_code(text) is 'The body of public.verify_claim_code.';

revoke all on function private.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function private.verify_claim_code(text) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.verify_claim_code.
create or replace function public.verify_claim_code(p_code text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.verify_claim_code(p_code);
$$;

comment on function public.verify_claim_code(text) is
'What a signed-in user sees of the unclaimed node with this claim code: {"valid": true, "nodeId", "name", "totalCores",
"platform", "version"}, or {"valid": false}. Dashes and case do not matter. Error: not_signed_in.';

revoke all on function public.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function public.verify_claim_code(text) to authenticated;

-- Definer, because nobody owns an unclaimed node and so no policy lets a user change it.
create or replace function private.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
  v_node public.nodes;
begin
  update public.nodes as n
  set
    user_id = v_user,
    name = coalesce(nullif(btrim(p_name), ''), n.name),
    max_parallel = coalesce(p_max_parallel, n.max_parallel),
    claim_code = null
  where n.id = p_node_id and n.user_id is null
  returning n.* into v_node;
  if not found then
    return jsonb_build_object('success', false, 'error', 'no such node, or it has an owner');
  end if;

  return jsonb_build_object(
    'success', true, 'nodeId', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel
  );
end;
$$;

comment on function private.claim_node(uuid, text, integer) is 'The body of public.claim_node.';

revoke all on function private.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function private.claim_node(uuid, text, integer) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.claim_node.
create or replace function public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_node(p_node_id, p_name, p_max_parallel);
$$;

comment on function public.claim_node(uuid, text, integer) is
'Makes the signed-in user the owner of an unclaimed node: {"success": true, "nodeId", "name", "maxParallel"}, or
{"success": false, "error"} where there is no such node or it has an owner. A null name or number keeps what the node
has. Error: not_signed_in.';

revoke all on function public.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.claim_node(uuid, text, integer) to authenticated;

-- Runs as the auth service inserts a user. That service has no rights in this project, hence definer; and nobody needs
-- EXECUTE for a trigger to fire.
create or replace function public.handle_new_user()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.raw_user_meta_data :=
    jsonb_build_object('display_name', split_part(coalesce(new.email, 'player'), '@', 1))
    || coalesce(new.raw_user_meta_data, '{}');
  return new;
end;
$$;

comment on function public.handle_new_user() is
'Gives a new user a name to show, from the e-mail address, where the sign-up gave none.';

revoke all on function public.handle_new_user() from public, anon, authenticated, service_role;

-- Nodes compare it with what they have cached, so it is computed here and never taken from a client.
create or replace function public.set_rotation_checksum()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.checksum := encode(sha256(convert_to(new.script, 'UTF8')), 'hex');
  return new;
end;
$$;

comment on function public.set_rotation_checksum() is 'Keeps rotations.checksum the SHA-256 of the script.';

revoke all on function public.set_rotation_checksum() from public, anon, authenticated, service_role;

-- Definer, so that history is filed whoever edits, whatever the policies of rotations_versions let them insert.
create or replace function public.file_rotation_version()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rotations_versions (rotation_id, version, script, created_by)
  values (old.id, old.current_version, old.script, coalesce(auth.uid(), old.user_id))
  on conflict (rotation_id, version) do nothing;
  new.current_version := old.current_version + 1;
  return new;
end;
$$;

comment on function public.file_rotation_version() is
'Files the script that an edit replaces in rotations_versions and counts current_version up.';

revoke all on function public.file_rotation_version() from public, anon, authenticated, service_role;

-- A client that forgets to send updated_at, or sends a wrong one, changes nothing.
create or replace function public.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

comment on function public.touch_updated_at() is 'Keeps updated_at the time of the last change.';

revoke all on function public.touch_updated_at() from public, anon, authenticated, service_role;

delete from private.alembic_version where version_num = '0003';
insert into private.alembic_version (version_num) values ('0004');
