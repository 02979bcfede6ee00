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
  v_found public.nodes;
  v_replicated boolean;
  v_common integer;
begin
  select c.* into strict v_chunk from public.jobs_chunks as c where c.id = p_chunk_id;
  v_replicated := private.base_pool(v_chunk.pool) <> v_chunk.pool;
  for v_node in
    select n.*
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
    order by b.running::float8 / least(n.max_parallel, n.total_cores, n.quota), n.last_seen_at desc
  loop
    -- One after the other: all of this takes longer than to be first in the line.
    continue when not private.may_run(v_node.id, v_node.user_id, v_chunk.pool, v_chunk.user_id)
      or private.failed_by(v_chunk.id, v_chunk.last_node_id, v_node.id)
      or private.has_spoken(v_chunk.id, v_node.user_id);
    if v_replicated and v_node.user_id <> v_chunk.user_id and not private.is_trusted(v_node.user_id) then
      v_common := coalesce(v_common, private.common_trial_room());
      continue when v_common = 0 or private.own_trial_room(v_node.user_id) = 0;
    end if;
    select n.* into v_found from public.nodes as n where n.id = v_node.id for key share skip locked;
    if found then
      return v_found;
    end if;
  end loop;
  return null;
end;
$$;

comment on function private.node_for_chunk(uuid) is
'A node with room that may run the chunk and has not failed it, locked against its deletion; null where there is none.';

revoke all on function private.node_for_chunk(uuid) from public, anon, authenticated, service_role;
