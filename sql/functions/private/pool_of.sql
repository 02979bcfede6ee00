-- Where the chunks of a job wait. A node's permissions name the same pools; see private.pair_chunks.
create or replace function private.pool_of(p_access_type text, p_user uuid, p_discord_server_id text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case p_access_type
    when 'user' then 'user:' || p_user
    when 'discord' then 'guild:' || p_discord_server_id
    else p_access_type
  end;
$$;

comment on function private.pool_of(text, uuid, text) is
'The pool of a job: private, public, user:ID or guild:ID. Its owner''s nodes draw on it whatever it is.';

revoke all on function private.pool_of(text, uuid, text) from public, anon, authenticated, service_role;
