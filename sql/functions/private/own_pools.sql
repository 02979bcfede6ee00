-- A user's nodes run all of the user's chunks, in whatever pool these wait; these are the pools where some may. A
-- copy's job is nobody's, but its chunk waits in the user's name.
create or replace function private.own_pools(p_user uuid, p_checked boolean)
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

  if p_checked then
    return query
    select c.class || o.pool from private.own_pools(p_user, false) as o (pool)
    cross join (values ('spot:'), ('quorum:'), ('witness:')) as c (class)
    where o.pool <> 'private';
  end if;
end;
$$;

comment on function private.own_pools(uuid, boolean) is
'The pools in which chunks of a user''s open jobs may wait, those of replicated jobs included if there are any.';

revoke all on function private.own_pools(uuid, boolean) from public, anon, authenticated, service_role;
