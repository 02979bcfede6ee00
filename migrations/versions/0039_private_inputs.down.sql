drop policy jobs_configs_select_of_own_jobs on public.jobs_configs;
drop policy rotations_select_public_or_own on public.rotations;

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

create index idx_jobs_configs_rotation_id on public.jobs_configs using hash (lower(config ->> 'rotationId'));
