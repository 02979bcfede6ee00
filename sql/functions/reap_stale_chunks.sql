-- Exposed, so it holds no privilege of its own; see private.reap_stale_chunks.
create or replace function public.reap_stale_chunks()
returns integer
language sql
set search_path = ''
as $$
  select private.reap_stale_chunks();
$$;

comment on function public.reap_stale_chunks() is
'Takes running chunks back whose lease is over, or whose node is gone: they are pending again, or failed after their
last attempt. Returns how many: settings.batch_size at the most, the next call takes the rest. For the sentinel and
cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;
