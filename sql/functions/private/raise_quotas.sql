-- For nodes below their full quota only, so it costs the others nothing. A node that somebody else has locked loses
-- this step: waiting for it, with chunks locked, could be waiting for whoever deletes it and waits for these chunks.
create or replace function private.raise_quotas(p_nodes uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_nodes uuid[];
begin
  v_nodes := array(
    select n.id from public.nodes as n where n.id = any(p_nodes) order by n.id for no key update skip locked
  );
  update public.nodes as n
  set
    quota = greatest(
      least(n.quota::bigint << least(g.results, 20), n.max_parallel, n.total_cores, s.max_chunks_per_node), 1
    ),
    backoff_step = 0,
    backoff_until = null
  from (select u.id, count(*)::integer as results from unnest(p_nodes) as u (id) group by u.id) as g
  cross join private.settings as s
  where n.id = any(v_nodes) and n.id = g.id
    and (
      n.backoff_step > 0 or n.backoff_until is not null
      or n.quota < least(n.max_parallel, n.total_cores, s.max_chunks_per_node)
    );
end;
$$;

comment on function private.raise_quotas(uuid[]) is
'Doubles the quota of these nodes for each time that they are named, one for each valid result, and ends their
back-off.';

revoke all on function private.raise_quotas(uuid[]) from public, anon, authenticated, service_role;
