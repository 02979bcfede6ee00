-- create_job says where its chunks wait; this is for whoever inserts chunks without (edge functions of the transition).
create or replace function private.place_in_pool()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  select j.user_id, private.pool_of(j.access_type, j.user_id, j.discord_server_id) into new.user_id, new.pool
  from public.jobs as j
  where j.id = new.job_id;
  return new;
end;
$$;

comment on function private.place_in_pool() is 'Writes the user and the pool of its job into a new chunk.';

revoke all on function private.place_in_pool() from public, anon, authenticated, service_role;
