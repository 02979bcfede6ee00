-- The job's lock comes first: of a job that has ended nobody locks chunks and then the job. The counters are read anew
-- from the chunks, and what a new job is asked is asked again: the rotation may be private by now, the open jobs many.
create or replace function private.retry_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_job public.jobs;
  v_present bigint;
  v_completed bigint;
  v_chunks integer;
begin
  perform private.lock_user(v_user);
  select j.* into v_job from public.jobs as j
  where j.id = p_job_id and j.user_id = v_user for no key update;
  if not found then
    perform private.refuse(
      404, 'job_not_found', 'there is no such job', 'Name one of your own jobs by its id.'
    );
  end if;
  if v_job.status <> 'failed' then
    perform private.refuse(
      409, 'job_not_failed', 'this job has not failed', 'Only a failed job can be tried again.'
    );
  end if;
  perform private.check_open_jobs(v_user, (select s.max_open_jobs_per_user from private.settings as s));
  perform private.check_rotation((select g.config from public.jobs_configs as g where g.hash = v_job.config_hash), v_user);

  select
    coalesce(sum(c.iterations), 0), coalesce(sum(c.iterations) filter (where c.status = 'completed'), 0),
    count(*) filter (where c.status = 'failed')
  into v_present, v_completed, v_chunks
  from public.jobs_chunks as c
  where c.job_id = p_job_id;
  if v_present < v_job.total_iterations or v_chunks = 0 then
    perform private.refuse(
      409, 'chunks_gone', 'chunks of this job are not there any more', 'Create the job anew.'
    );
  end if;

  perform private.take_jobs(v_user, v_chunks, (select s from private.settings as s));

  update public.jobs as j
  set
    status = case when v_completed > 0 then 'running' else 'pending' end,
    completed_iterations = v_completed,
    lost_iterations = v_present - v_completed,
    completed_at = null,
    result = null,
    error = null
  where j.id = p_job_id;

  delete from private.chunk_failures as f
  where f.chunk_id = any(array(
    select c.id from public.jobs_chunks as c where c.job_id = p_job_id and c.status = 'failed'
  ));
  update public.jobs_chunks as c
  set status = 'pending', attempts = 0, attempt_token = null, last_node_id = null, completed_at = null, error = null
  where c.job_id = p_job_id and c.status = 'failed';

  return jsonb_build_object(
    'jobId', p_job_id,
    'status', (select j.status from public.jobs as j where j.id = p_job_id),
    'chunksRetried', v_chunks
  );
end;
$$;

comment on function private.retry_job(uuid) is 'The body of public.retry_job.';

revoke all on function private.retry_job(uuid) from public, anon, authenticated, service_role;
grant execute on function private.retry_job(uuid) to authenticated;
