-- The same threshold as in assign_chunks and assign_to_node, so a node is online for them exactly as long as it is
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_nodes uuid[];
  v_count integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;

  loop
    v_nodes := array(
      select n.id from public.nodes as n
      where n.status = 'online' and (n.last_seen_at is null or n.last_seen_at < now() - v_settings.offline_after)
      order by n.id limit v_settings.batch_size for no key update skip locked
    );
    update public.nodes as n set status = 'offline' where n.id = any(v_nodes);
    v_count := v_count + cardinality(v_nodes);
    exit when cardinality(v_nodes) < v_settings.batch_size;
  end loop;
  return v_count;
end;
$$;

comment on function private.mark_nodes_offline() is 'The body of public.mark_nodes_offline.';

revoke all on function private.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function private.mark_nodes_offline() to service_role;
