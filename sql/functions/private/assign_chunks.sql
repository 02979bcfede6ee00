-- Schedulers take turns: a node's room is only known while nobody else fills it. Heartbeats and completions do not
-- wait. Run it at read committed (the default): each statement must see what the turn before has committed.
create or replace function private.assign_chunks(p_limit integer)
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
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_left integer := p_limit;
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_lease interval;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    with alive as materialized (
      select n.id from public.nodes as n where n.id = any(v_nodes) order by n.id for key share
    )

    select array_agg(p.chunk_id), array_agg(p.node_id)
    into v_chunks, v_nodes
    from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
    where p.node_id in (select n.id from alive as n);

    -- Found and locked by their keys alone, then looked at: with the status as a condition, statistics from when nothing
    -- waited make the planner read all that waits, once for every pair.
    with held as materialized (
      select c.id, p.node_id, c.status = 'pending' and c.node_id is null as waits
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      inner join public.jobs_chunks as c on c.id = p.chunk_id
      order by c.id for no key update of c skip locked
    )

    select array_agg(h.id), array_agg(h.node_id) into v_chunks, v_nodes from held as h where h.waits;
    exit when v_chunks is null;

    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = p.node_id,
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      where c.id = p.chunk_id
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    ),

    -- Once for each job, not for each chunk.
    configs as materialized (
      select g.hash, g.config from public.jobs_configs as g where g.hash in (select a.config_hash from assigned as a)
    )

    select a.*, g.config from assigned as a left join configs as g on g.hash = a.config_hash;

    v_left := v_left - cardinality(v_chunks);
  end loop;
end;
$$;

comment on function private.assign_chunks(integer) is 'The body of public.assign_chunks for all nodes.';

revoke all on function private.assign_chunks(integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer) to service_role;
