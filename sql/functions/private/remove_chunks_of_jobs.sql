-- In place of a foreign key (docs/decisions/0021). Whoever adds chunks to a job holds it, so what is seen here, after
-- the jobs have been locked to be deleted, is all that there will be.
create or replace function private.remove_chunks_of_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  delete from public.jobs_chunks as c where c.job_id = any(array(select j.id from old_jobs as j));
  return null;
end;
$$;

comment on function private.remove_chunks_of_jobs() is 'Deletes the chunks of jobs that were deleted.';

revoke all on function private.remove_chunks_of_jobs() from public, anon, authenticated, service_role;
