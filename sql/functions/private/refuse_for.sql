-- Like private.refuse, with the header Retry-After, which PostgREST sends for this SQLSTATE only. What clients read is
-- the same: code PT429, and the stable code in details.
create or replace function private.refuse_for(p_seconds integer, p_code text, p_message text, p_hint text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PGRST',
    message = json_build_object('code', 'PT429', 'message', p_message, 'details', p_code, 'hint', p_hint)::text,
    detail = json_build_object('status', 429, 'headers', json_build_object('Retry-After', p_seconds::text))::text;
end;
$$;

comment on function private.refuse_for(integer, text, text, text) is
'Raises a refusal for so many seconds: HTTP status 429 and Retry-After, stable code, message for people, hint.';

revoke all on function private.refuse_for(integer, text, text, text) from public, anon, authenticated, service_role;
