-- Deleting a job deletes its chunks, in the order in which they lie on disk. Everybody else locks the job before its
-- chunks, and those by key, so this does the same first.
create or replace function private.lock_chunks_of_job()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform from public.jobs as j where j.id = old.id for update;
  perform from public.jobs_chunks as c where c.job_id = old.id order by c.id for update;
  -- What runs leaves room.
  if old.status in ('pending', 'running') then
    perform pg_notify('pending_chunk', '');
  end if;
  return old;
end;
$$;

comment on function private.lock_chunks_of_job() is 'Locks the chunks of a job that is being deleted, by key.';

revoke all on function private.lock_chunks_of_job() from public, anon, authenticated, service_role;
