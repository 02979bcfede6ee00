-- A client that forgets to send updated_at, or sends a wrong one, changes nothing.
create or replace function public.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

comment on function public.touch_updated_at() is 'Keeps updated_at the time of the last change.';

revoke all on function public.touch_updated_at() from public, anon, authenticated, service_role;
