-- In place of a foreign key (docs/decisions/0021), once for a statement and not for each chunk: the jobs of new chunks
-- are there, and are not deleted before these can be seen. The first query waits for whoever is deleting one; the next
-- begins after that.
create or replace function private.keep_jobs_of_chunks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_jobs uuid[];
  v_missing uuid;
begin
  if tg_op = 'INSERT' then
    v_jobs := array(select distinct n.job_id from new_chunks as n);
  else
    v_jobs := array(select n.job_id from new_chunks as n except select o.job_id from old_chunks as o);
  end if;
  if v_jobs = '{}' then
    return null;
  end if;
  perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
  select i.id into v_missing
  from unnest(v_jobs) as i (id)
  where not exists (select from public.jobs as j where j.id = i.id)
  limit 1;
  if found then
    raise foreign_key_violation using
      message = format('there is no job %s', v_missing), hint = 'Insert the job before its chunks.';
  end if;
  return null;
end;
$$;

comment on function private.keep_jobs_of_chunks() is 'Refuses chunks whose job is not there, and holds the jobs.';

revoke all on function private.keep_jobs_of_chunks() from public, anon, authenticated, service_role;
