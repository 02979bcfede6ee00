-- Revision 0039, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0038' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0039', '0038', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Not in sql/ any more.
drop policy jobs_configs_select on public.jobs_configs;
-- Not in sql/ any more.
drop policy rotations_select_public_own_or_open on public.rotations;

-- Chunks are made by create_job and changed by the scheduler's functions; the owners of the job and of the assigned
-- node watch. service_role still writes because the edge functions of the transition do.
alter table public.jobs_chunks enable row level security;

revoke all on table public.jobs_chunks from public, anon, authenticated, service_role;
grant select (
  id, job_id, node_id, config_hash, iterations, seed_offset, status, result, claimed_at, completed_at, created_at,
  attempts, error, last_node_id, lease_expires_at, user_id
) on table public.jobs_chunks to authenticated;
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

-- A config is its job's owner's to read. A node gets it with its chunk, or by attempt_inputs. Only create_job writes;
-- service_role still does because the edge functions of the transition do.
alter table public.jobs_configs enable row level security;

revoke all on table public.jobs_configs from public, anon, authenticated, service_role;
grant select on table public.jobs_configs to authenticated;
grant select, insert, update, delete on table public.jobs_configs to service_role;

drop policy if exists jobs_configs_select_of_own_jobs on public.jobs_configs;
create policy jobs_configs_select_of_own_jobs on public.jobs_configs
for select to authenticated using (
  hash in (
    select j.config_hash from public.jobs as j
    where j.user_id = (select auth.uid())
  )
);

-- A private rotation is its owner's to read, whatever jobs name it: a node gets the script with its chunk, or by
-- attempt_inputs.
alter table public.rotations enable row level security;

revoke all on table public.rotations from public, anon, authenticated, service_role;
grant select on table public.rotations to anon;
grant select, insert, update, delete on table public.rotations to authenticated, service_role;

drop policy if exists rotations_select_public_or_own on public.rotations;
create policy rotations_select_public_or_own on public.rotations
for select to anon, authenticated using (is_public or user_id = (select auth.uid()));

drop policy if exists rotations_insert_own on public.rotations;
create policy rotations_insert_own on public.rotations
for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists rotations_update_own on public.rotations;
create policy rotations_update_own on public.rotations
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists rotations_delete_own on public.rotations;
create policy rotations_delete_own on public.rotations
for delete to authenticated using (user_id = (select auth.uid()));

-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.rotation_is_open(uuid);

-- It served the lookup of open jobs by their rotation.
-- squawk-ignore require-concurrent-index-deletion
drop index public.idx_jobs_configs_rotation_id;

delete from private.alembic_version where version_num = '0038';
insert into private.alembic_version (version_num) values ('0039');
