-- The policy on rotations asks this as its caller, who may not see other people's jobs; hence definer. A rotationId is
-- free text of some user's: the rotation's id is made text, never the text an id, so a malformed one breaks no read.
create or replace function private.rotation_is_open(p_rotation_id uuid)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from public.jobs_configs as c
    inner join public.jobs as j on j.config_hash = c.hash
    where lower(c.config ->> 'rotationId') = p_rotation_id::text and j.status in ('pending', 'running')
  );
$$;

comment on function private.rotation_is_open(uuid) is
'Does the config of a job that is still pending or running name this rotation? Then nodes must be able to fetch it.';

revoke all on function private.rotation_is_open(uuid) from public, anon, authenticated, service_role;
grant execute on function private.rotation_is_open(uuid) to anon, authenticated, service_role;
