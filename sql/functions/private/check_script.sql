-- For whoever writes a rotation or a version of one over REST. A version that file_rotation_version keeps of an older
-- text is as long as it is.
create or replace function private.check_script()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_script_bytes from private.settings as s);
begin
  if octet_length(new.script) > v_most then
    perform private.refuse(
      413, 'script_too_large', 'the script is too large', format('It may have %s bytes.', v_most)
    );
  end if;
  return new;
end;
$$;

comment on function private.check_script() is 'Refuses a script of more than settings.max_script_bytes.';

revoke all on function private.check_script() from public, anon, authenticated, service_role;
