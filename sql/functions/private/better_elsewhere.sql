-- Asked only of chunks that were assigned before, so it may cost more than what is asked of every chunk.
create or replace function private.better_elsewhere(p_chunk public.jobs_chunks, p_node_id uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(private.failed_by(p_chunk.id, p_chunk.last_node_id, p_node_id), false) and exists (
    select from public.nodes as n
    cross join private.settings as s
    where n.status = 'online' and n.last_seen_at >= now() - s.offline_after
      and n.id <> p_node_id and n.user_id is not null and least(n.max_parallel, n.total_cores) > 0
      and private.may_run(n.id, n.user_id, p_chunk.pool, p_chunk.user_id)
      and private.failed_by(p_chunk.id, p_chunk.last_node_id, n.id) is not true
      and not private.has_spoken(p_chunk.id, n.user_id)
  );
end;
$$;

comment on function private.better_elsewhere(public.jobs_chunks, uuid) is
'Did this node fail the chunk, while another one is online that may run it and has not?';

revoke all on function private.better_elsewhere(public.jobs_chunks, uuid)
from public, anon, authenticated, service_role;
