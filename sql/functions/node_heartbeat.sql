-- Exposed, so it holds no privilege of its own; see private.node_heartbeat.
create or replace function public.node_heartbeat(
  p_public_key text,
  p_status text default 'online',
  p_running uuid[] default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.node_heartbeat(p_public_key, p_status, p_running);
$$;

comment on function public.node_heartbeat(text, text, uuid[]) is
'A claimed node is there, online or offline, and still computes the chunks named in p_running (null: all it was given),
whose leases go on, up to settings.lease_cap after their assignment. Answers {"id", "name", "maxParallel", "status",
"cancelled"}, the last being those of the chunks that are no longer the node''s to compute. Errors (code in DETAIL):
node_unknown, node_unclaimed, status_unknown. For the sentinel, which has checked the signature.';

revoke all on function public.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeat(text, text, uuid[]) to service_role;
