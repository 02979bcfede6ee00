-- Where the chunks of a job wait. private.shared_pools names the same pools. A guild's nodes are for its members: who
-- is none, as far as the service knows, has their own nodes only, until private.place_members_chunks learns otherwise.
create or replace function private.pool_of(p_access_type text, p_user uuid, p_discord_server_id text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_access_type = 'user' then
    return 'user:' || p_user;
  elsif p_access_type <> 'discord' then
    return p_access_type;
  elsif exists (
    select from public.guilds_members as m where m.guild_id = p_discord_server_id and m.user_id = p_user
  ) then
    return 'guild:' || p_discord_server_id;
  end if;
  return 'private';
end;
$$;

comment on function private.pool_of(text, uuid, text) is
'The pool of a job: private, public, user:ID or guild:ID. Its owner''s nodes draw on it whatever it is.';

revoke all on function private.pool_of(text, uuid, text) from public, anon, authenticated, service_role;
