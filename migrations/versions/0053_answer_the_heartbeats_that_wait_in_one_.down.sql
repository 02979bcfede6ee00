drop function private.node_heartbeats(jsonb);
drop function public.node_heartbeats(jsonb);
