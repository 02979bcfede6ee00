-- Call it after private.lock_user, or calls at the same time pass all together.
create or replace function private.check_open_jobs(p_user uuid, p_most integer)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select count(*) from public.jobs as j where j.user_id = p_user and j.status in ('pending', 'running')
  ) >= p_most then
    perform private.refuse(
      429, 'too_many_open_jobs', 'you have too many jobs that are not finished',
      format('You may have %s; wait until one has finished, or cancel one.', p_most)
    );
  end if;
end;
$$;

comment on function private.check_open_jobs(uuid, integer) is
'Refuses one more open job to a user who has as many as that already.';

revoke all on function private.check_open_jobs(uuid, integer) from public, anon, authenticated, service_role;
