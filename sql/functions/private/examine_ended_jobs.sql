-- Jobs without replication have the free test after their end, so it costs their chunks nothing. Ten seconds late, for
-- those whose end is not committed yet; one that takes longer misses the test.
create or replace function private.examine_ended_jobs()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from timestamptz;
  v_to timestamptz;
  v_jobs uuid[];
begin
  select l.examined_until into strict v_from from private.lots as l;
  v_jobs := array(
    select j.id from public.jobs as j
    where j.status in ('completed', 'failed', 'cancelled') and j.chunks_removed_at is null
      and coalesce(j.completed_at, j.created_at) > v_from
      and coalesce(j.completed_at, j.created_at) <= now() - interval '10 seconds'
    order by coalesce(j.completed_at, j.created_at)
    limit 1000
  );
  v_to := (
    select max(coalesce(j.completed_at, j.created_at)) from public.jobs as j where j.id = any(v_jobs)
  );
  if v_to is null then
    return;
  end if;
  perform private.examine_jobs(array(
    select j.id from public.jobs as j
    where j.id = any(v_jobs) and j.replication = 'none' and j.access_type <> 'private'
    for no key update skip locked
  ));
  update private.lots set examined_until = v_to;
end;
$$;

comment on function private.examine_ended_jobs() is 'The free test for the jobs that ended since it was called last.';

revoke all on function private.examine_ended_jobs() from public, anon, authenticated, service_role;
