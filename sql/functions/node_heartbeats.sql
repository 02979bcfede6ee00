-- Exposed, so it holds no privilege of its own; see private.node_heartbeats.
create or replace function public.node_heartbeats(p_beats jsonb)
returns table (place bigint, answer text, news boolean, written boolean, offline_after double precision)
language plpgsql
set search_path = ''
as $$
begin
  return query select b.* from private.node_heartbeats(p_beats) as b;
end;
$$;

comment on function public.node_heartbeats(jsonb) is
'Takes [{"key", "status", "session"?, "running"?, "attempts", "inputs"?, "embed", "beats"}, …], heartbeats of different
nodes as node_heartbeat and chunks_of_node take them one by one; "beats" says how many of the node''s are to be counted.
Answers each that is usual with its place (from 1), what both of those would answer, whether that is news to the node,
whether the heartbeats were counted, and settings.offline_after in seconds. What is not answered is for node_heartbeat,
which waits, or refuses it and says why. Error (code in DETAIL): heartbeats_not_an_array. For the sentinel.';

revoke all on function public.node_heartbeats(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeats(jsonb) to service_role;
