-- A job goes on with the text it was submitted with when the rotation is edited; when its owner takes the rotation
-- away, it ends. Its chunks fail, and the job with the last of them, so what was completed is in its result. Jobs are
-- locked before chunks, each in key order, as everywhere. An insert of a job waits for the deletion, or this sees its
-- job: private.check_rotation has locked the rotation.
create or replace function private.fail_jobs_of_rotations()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_chunks uuid[];
begin
  v_jobs := array(
    select j.id from public.jobs as j
    where j.rotation_id in (select r.id from old_rotations as r) and j.status in ('pending', 'running')
    order by j.id for key share
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.job_id = any(v_jobs) and c.status in ('pending', 'running')
    order by c.id for no key update
  );
  update public.jobs_chunks as c
  set
    status = 'failed',
    completed_at = now(),
    error = 'the rotation that this job computes was deleted',
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  where c.id = any(v_chunks);
  return null;
end;
$$;

comment on function private.fail_jobs_of_rotations() is 'Ends the open jobs whose rotation was deleted, as failed.';

revoke all on function private.fail_jobs_of_rotations() from public, anon, authenticated, service_role;
