-- One batch for each call. The attempt's token stays: a late result counts as long as nobody else has been given the
-- chunk. What is locked is being completed, renewed or reaped by somebody else, so it can wait for the next time; and
-- as this waits for no chunk, it need not lock them in order. A chunk that somebody runs by writing the table (an edge
-- function of the transition) has no lease; its claim counts instead.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_note text;
  v_again tid[];
  v_given_up uuid[];
  v_displaced uuid[];
  v_displaced_nodes uuid[];
  v_nodes uuid[];
  v_more_displaced uuid[];
  v_more_displaced_nodes uuid[];
  v_more_nodes uuid[];
begin
  select s.* into strict v_settings from private.settings as s;

  select
    coalesce(array_agg(l.ctid), '{}'), array_agg(distinct l.node_id),
    array_agg(l.id) filter (where l.last_node_id <> l.node_id),
    array_agg(l.last_node_id) filter (where l.last_node_id <> l.node_id)
  into v_again, v_nodes, v_displaced, v_displaced_nodes
  from (
    select c.ctid, c.id, c.node_id, c.last_node_id from public.jobs_chunks as c
    where c.status = 'running' and c.attempts < v_settings.max_attempts
      and (
        c.node_id is null and c.lease_expires_at is distinct from 'infinity'
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size for no key update skip locked
  ) as l;
  -- Those whose last attempt it was move their jobs. Whoever is deleting one of these waits for its chunks, so jobs
  -- that are being deleted are left alone.
  select
    coalesce(array_agg(l.id), '{}'), array_agg(distinct l.node_id),
    array_agg(l.id) filter (where l.last_node_id <> l.node_id),
    array_agg(l.last_node_id) filter (where l.last_node_id <> l.node_id)
  into v_given_up, v_more_nodes, v_more_displaced, v_more_displaced_nodes
  from (
    select c.id, c.node_id, c.last_node_id from public.jobs_chunks as c
    inner join public.jobs as j on j.id = c.job_id
    where c.status = 'running' and c.attempts >= v_settings.max_attempts
      and (
        c.node_id is null and c.lease_expires_at is distinct from 'infinity'
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size - cardinality(v_again) for no key update of c skip locked for key share of j skip locked
  ) as l;
  -- The chunk remembers the node that lost it last, and only what that displaces needs a row. Once for each node,
  -- however many chunks it lost: it went silent once. And no back-off: a node that loses a chunk has held its place for
  -- as long as the lease, so it cannot do so often.
  insert into private.chunk_failures (chunk_id, node_id)
  select d.chunk_id, d.node_id
  from unnest(v_displaced || v_more_displaced, v_displaced_nodes || v_more_displaced_nodes) as d (chunk_id, node_id)
  on conflict do nothing;
  v_nodes := array(
    select n.id from public.nodes as n where n.id = any(v_nodes || v_more_nodes) for no key update skip locked
  );
  update public.nodes as n
  set quota = greatest(least(n.quota, n.max_parallel, n.total_cores) / 2, 1)
  where n.id = any(v_nodes);

  -- What waits again moves no job, and is said below: the triggers have nothing to do. Each row is found where it was
  -- locked, as nobody moves it while it is.
  v_note := set_config('loop.counted', 'on', true);
  update public.jobs_chunks as c
  set
    status = 'pending',
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  where c.ctid = any(v_again);
  v_note := set_config('loop.counted', 'off', true);
  if v_given_up <> '{}' then
    update public.jobs_chunks as c
    set
      status = 'failed',
      completed_at = now(),
      error = format('no answer from the node in attempt %s', c.attempts),
      node_id = null,
      last_node_id = coalesce(c.node_id, c.last_node_id),
      claimed_at = null,
      lease_expires_at = null
    where c.id = any(v_given_up);
  end if;
  -- There is room again, also where the chunk has failed for good.
  if v_again <> '{}' or v_given_up <> '{}' then
    perform pg_notify('pending_chunk', '');
  end if;
  -- Sentinels of before settle nothing themselves. With nothing in hand that anybody could wait for, since this waits
  -- for nobody.
  perform private.settle_checks(true);
  return cardinality(v_again) + cardinality(v_given_up);
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;
