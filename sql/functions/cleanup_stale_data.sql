-- Exposed, so it holds no privilege of its own; see private.cleanup_stale_data.
create or replace function public.cleanup_stale_data()
returns jsonb
language sql
set search_path = ''
as $$
  select private.cleanup_stale_data();
$$;

comment on function public.cleanup_stale_data() is
'Deletes nodes that nobody claimed, nodes that have been gone for long, the chunks of jobs that ended long ago (their
results stay), and configs that nothing uses, each after its retention in the settings; returns how many:
{"pendingNodes", "offlineNodes", "configs", "chunks"}. For the sentinel and cron.';

revoke all on function public.cleanup_stale_data() from public, anon, authenticated, service_role;
grant execute on function public.cleanup_stale_data() to service_role;
