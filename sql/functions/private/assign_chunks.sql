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
  v_free uuid[];
  v_lease interval;
  v_count integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select
      array_agg(p.chunk_id order by p.chunk_id), array_agg(p.node_id order by p.chunk_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    perform from public.nodes as n where n.id = any(v_nodes) order by n.id for key share;
    -- Locked by status alone, and node_id is looked at below: with both here, statistics from when nothing waited make the
    -- planner read all that waits instead of the key.
    v_free := array(
      select c.id from public.jobs_chunks as c
      where c.id = any(v_chunks) and c.status = 'pending'
      order by c.id for no key update skip locked
    );

    -- A chunk's node stands where the chunk does: found by binary search, since for a join with arrays the planner does
    -- not know how long they are, and may take quadratic time. In a sub-select, the array is unpacked once.
    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = v_nodes[width_bucket(c.id, (select v_chunks || '{}'))],
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      where c.id = any(v_free) and c.node_id is null
        and v_nodes[width_bucket(c.id, (select v_chunks || '{}'))] in (
          select n.id from public.nodes as n where n.id = any(v_nodes)
        )
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    )

    select a.*, (select g.config from public.jobs_configs as g where g.hash = a.config_hash)
    from assigned as a;

    get diagnostics v_count = row_count;
    exit when v_count = 0;
    v_left := v_left - v_count;
  end loop;
end;
$$;

comment on function private.assign_chunks(integer) is 'The body of public.assign_chunks for all nodes.';

revoke all on function private.assign_chunks(integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer) to service_role;
