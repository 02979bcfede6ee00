-- The one definition of a config's hash. jsonb has already sorted the keys and dropped the white space, and sha256 is
-- built in: no extension, hence no schema that a search_path could miss.
create or replace function public.hash_config(p_config jsonb)
returns text
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return encode(sha256(convert_to(p_config::text, 'UTF8')), 'hex');
end;
$$;

comment on function public.hash_config(jsonb) is
'SHA-256 of a config, lower-case hex; the same for any order of keys and any white space.';

revoke all on function public.hash_config(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.hash_config(jsonb) to service_role;
