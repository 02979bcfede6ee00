-- Who joins a guild has its nodes for the jobs that are open already, who leaves has them no more from the next
-- assignment on. Jobs before chunks, each in key order, as everywhere.
create or replace function private.place_members_chunks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_chunks uuid[];
begin
  -- The end of an account comes here too, whether it had memberships or not.
  if not exists (select from changed_members) then
    return null;
  end if;
  v_jobs := array(
    select j.id from changed_members as m
    inner join public.jobs as j on j.user_id = m.user_id and j.discord_server_id = m.guild_id
    where j.status in ('pending', 'running') and j.access_type = 'discord'
    order by j.id for key share of j
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.job_id = any(v_jobs) and c.status in ('pending', 'running')
    order by c.id for no key update
  );
  -- Replicated chunks wait apart, but for those that only their owner's nodes may run.
  update public.jobs_chunks as c
  set pool = case when j.replication = 'none' or p.pool = 'private' then '' else j.replication || ':' end || p.pool
  from public.jobs as j
  cross join lateral private.pool_of(j.access_type, j.user_id, j.discord_server_id) as p (pool)
  where c.id = any(v_chunks) and j.id = c.job_id;
  -- A node whose owner has joined may run what waits already.
  perform pg_notify('pending_chunk', '');
  return null;
end;
$$;

comment on function private.place_members_chunks() is
'Moves the waiting chunks of those who joined or left a guild into the pool where they belong.';

revoke all on function private.place_members_chunks() from public, anon, authenticated, service_role;
