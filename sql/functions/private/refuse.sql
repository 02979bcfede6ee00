-- One way to say no: PostgREST answers with the HTTP status that a PTxyz code carries, and clients tell refusals apart
-- by the stable code in DETAIL, never by the message.
create or replace function private.refuse(p_status integer, p_code text, p_message text, p_hint text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_message, detail = p_code, hint = p_hint;
end;
$$;

comment on function private.refuse(integer, text, text, text) is
'Raises a refusal: HTTP status, stable code (in DETAIL), message for people, hint what to do.';

revoke all on function private.refuse(integer, text, text, text) from public, anon, authenticated, service_role;
