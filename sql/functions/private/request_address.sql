-- PostgREST hands on the headers of a request, and what stands in them came over the gateway. Cloudflare, before hosted
-- projects, writes cf-connecting-ip itself; of x-forwarded-for the last entry is the nearest proxy's word, the others
-- are the client's. Without any of them (no PostgREST) there is no address, and its limit does not apply.
create or replace function private.request_address()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
begin
  return left(coalesce(
    v_headers ->> 'cf-connecting-ip', v_headers ->> 'x-real-ip',
    btrim(split_part(v_headers ->> 'x-forwarded-for', ',', -1))
  ), 64);
exception when invalid_text_representation then
  return null;
end;
$$;

comment on function private.request_address() is
'The network address that a request over PostgREST came from, or null.';

revoke all on function private.request_address() from public, anon, authenticated, service_role;
