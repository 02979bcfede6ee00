-- What waits may find a place now, and nothing becomes pending that would say so.
create or replace function private.notify_room()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('pending_chunk', '');
  return null;
end;
$$;

comment on function private.notify_room() is
'Sends pending_chunk: there is room, or a permission, that was not there before.';

revoke all on function private.notify_room() from public, anon, authenticated, service_role;
