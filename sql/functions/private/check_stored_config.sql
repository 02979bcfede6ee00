-- create_job measures exactly; this is for the edge functions of the transition, and cheap. Binary jsonb takes at most
-- four bytes for each byte of text.
create or replace function private.check_stored_config()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_config_bytes from private.settings as s);
begin
  if pg_column_size(new.config) > 4 * v_most + 1024 then
    perform private.refuse(
      413, 'config_too_large', 'the config is too large',
      format('As text it may have %s bytes; keep anything large out of it.', v_most)
    );
  end if;
  return new;
end;
$$;

comment on function private.check_stored_config() is 'Refuses a config that is far over settings.max_config_bytes.';

revoke all on function private.check_stored_config() from public, anon, authenticated, service_role;
