-- Exposed, so it holds no privilege of its own; see private.mark_nodes_offline.
create or replace function public.mark_nodes_offline()
returns integer
language sql
set search_path = ''
as $$
  select private.mark_nodes_offline();
$$;

comment on function public.mark_nodes_offline() is
'Marks online nodes offline that have been silent for longer than settings.offline_after; returns how many. For the
sentinel and cron.';

revoke all on function public.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function public.mark_nodes_offline() to service_role;
