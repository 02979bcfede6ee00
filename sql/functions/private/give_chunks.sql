create or replace function private.give_chunks(
  p_chunks uuid[],
  p_nodes uuid[],
  p_must_check boolean[],
  p_lease interval
)
returns table (
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  job_id uuid,
  iterations integer,
  seed_offset integer,
  config_hash text,
  config jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with assigned as (
    update public.jobs_chunks as c
    set
      status = 'running',
      node_id = p.node_id,
      claimed_at = now(),
      lease_expires_at = now() + p_lease,
      attempt_token = gen_random_uuid(),
      attempts = c.attempts + 1,
      must_check = p.must_check
    from unnest(p_chunks, p_nodes, p_must_check) as p (chunk_id, node_id, must_check)
    where c.id = p.chunk_id
    returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
  ),

  -- Once for each job, not for each chunk.
  configs as materialized (
    select g.hash, g.config from public.jobs_configs as g where g.hash in (select a.config_hash from assigned as a)
  )

  select a.*, g.config from assigned as a left join configs as g on g.hash = a.config_hash;
end;
$$;

comment on function private.give_chunks(uuid[], uuid[], boolean[], interval) is
'Assigns each chunk to the node beside it. Call it with all of them locked.';

revoke all on function private.give_chunks(uuid[], uuid[], boolean[], interval)
from public, anon, authenticated, service_role;
