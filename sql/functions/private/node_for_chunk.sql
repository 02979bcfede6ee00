-- For a chunk whose turn came to a node that failed it, or whose owner computed it before. The least loaded other one
-- with room; none waits for its lock. One that is left alone for its failures takes its owner's, as in
-- private.pair_chunks, where the owner has no other.
create or replace function private.node_for_chunk(p_chunk_id uuid)
returns public.nodes
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_chunk public.jobs_chunks;
  v_node public.nodes;
begin
  select c.* into strict v_chunk from public.jobs_chunks as c where c.id = p_chunk_id;
  select n.* into v_node
  from public.nodes as n
  cross join private.settings as s
  cross join lateral (
    select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
  ) as b
  where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
    and b.running < least(n.max_parallel, n.total_cores, n.quota)
    and (
      n.backoff_until is null or n.backoff_until <= now()
      or n.user_id = v_chunk.user_id and not private.has_another_node(n)
    )
    and private.may_run(n.id, n.user_id, v_chunk.pool, v_chunk.user_id)
    and private.failed_by(v_chunk.id, v_chunk.last_node_id, n.id) is not true
    and not private.has_spoken(v_chunk.id, n.user_id)
    and (
      private.base_pool(v_chunk.pool) = v_chunk.pool or n.user_id = v_chunk.user_id
      or private.is_trusted(n.user_id) or private.trial_room(n.user_id) > 0
    )
  order by b.running::float8 / least(n.max_parallel, n.total_cores, n.quota), n.last_seen_at desc
  limit 1
  for key share of n skip locked;
  return v_node;
end;
$$;

comment on function private.node_for_chunk(uuid) is
'A node with room that may run the chunk and has not failed it, locked against its deletion; null where there is none.';

revoke all on function private.node_for_chunk(uuid) from public, anon, authenticated, service_role;
