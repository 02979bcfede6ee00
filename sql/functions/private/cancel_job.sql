-- Absent and somebody else's look the same, so that nobody learns which jobs exist. Chunks before the job, as they are
-- locked on completion; the share lock on the job only keeps it from being deleted meanwhile. A cancelled chunk keeps
-- its node, so that the node can be told.
create or replace function private.cancel_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_chunks integer;
begin
  perform from public.jobs as j where j.id = p_job_id and j.user_id = v_user for key share;
  if not found then
    perform private.refuse(
      404, 'job_not_found', 'there is no such job', 'Name one of your own jobs by its id.'
    );
  end if;

  perform from public.jobs_chunks as c
  where c.job_id = p_job_id and c.status in ('pending', 'running')
  order by c.id for no key update;

  -- The job first, because the trigger would end it in its own way.
  update public.jobs as j
  set
    status = 'cancelled',
    completed_at = now(),
    lost_iterations = greatest(j.total_iterations - j.completed_iterations, 0),
    result = case when j.completed_iterations > 0 then private.job_result(j.id) end
  where j.id = p_job_id and j.status in ('pending', 'running');
  if not found then
    perform private.refuse(
      409, 'job_not_open', 'this job has ended already', 'Only a job that is pending or running can be cancelled.'
    );
  end if;

  update public.jobs_chunks as c
  set status = 'cancelled', completed_at = now()
  where c.job_id = p_job_id and c.status in ('pending', 'running');
  get diagnostics v_chunks = row_count;
  -- What ran has left room.
  perform pg_notify('pending_chunk', '');

  return jsonb_build_object('jobId', p_job_id, 'status', 'cancelled', 'chunksCancelled', v_chunks);
end;
$$;

comment on function private.cancel_job(uuid) is 'The body of public.cancel_job.';

revoke all on function private.cancel_job(uuid) from public, anon, authenticated, service_role;
grant execute on function private.cancel_job(uuid) to authenticated;
