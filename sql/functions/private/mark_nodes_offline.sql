-- The same threshold as in pair_chunks, so a node is online for the scheduler exactly as long as it is here. A node
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with silent as (
    select n.id from public.nodes as n
    where n.status = 'online'
      and (
        n.last_seen_at is null
        or n.last_seen_at < (select now() - s.offline_after from private.settings as s)
      )
    order by n.id for no key update skip locked
  )
  update public.nodes as n
  set status = 'offline'
  from silent as s
  where n.id = s.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.mark_nodes_offline() is 'The body of public.mark_nodes_offline.';

revoke all on function private.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function private.mark_nodes_offline() to service_role;
