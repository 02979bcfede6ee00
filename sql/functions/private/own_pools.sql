-- A user's nodes run all of the user's chunks, in whatever pool these wait; these are the pools where some may.
create or replace function private.own_pools(p_user uuid)
returns setof text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  values ('private'), ('public'), ('user:' || p_user)
  union
  select 'guild:' || j.discord_server_id from public.jobs as j
  where j.user_id = p_user and j.status in ('pending', 'running') and j.access_type = 'discord';
end;
$$;

comment on function private.own_pools(uuid) is 'The pools in which chunks of a user''s open jobs may wait.';

revoke all on function private.own_pools(uuid) from public, anon, authenticated, service_role;
