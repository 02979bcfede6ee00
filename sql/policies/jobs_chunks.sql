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
