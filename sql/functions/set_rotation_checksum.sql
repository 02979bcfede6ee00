-- Nodes compare it with what they have cached, so it is computed here and never taken from a client.
create or replace function public.set_rotation_checksum()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.checksum := encode(sha256(convert_to(new.script, 'UTF8')), 'hex');
  return new;
end;
$$;

comment on function public.set_rotation_checksum() is 'Keeps rotations.checksum the SHA-256 of the script.';

revoke all on function public.set_rotation_checksum() from public, anon, authenticated, service_role;
