-- Exposed, so it holds no privilege of its own; see private.settle_checks.
create or replace function public.settle_checks()
returns integer
language sql
set search_path = ''
as $$
  select private.settle_checks(false);
$$;

comment on function public.settle_checks() is
'Comes to a verdict on results that were computed more than once, or lets them be computed once more; returns how many
chunks that concerned. For the sentinel, before it assigns.';

revoke all on function public.settle_checks() from public, anon, authenticated, service_role;
grant execute on function public.settle_checks() to service_role;
