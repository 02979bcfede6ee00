-- Revision 0015, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0014' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0015', '0014', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- For the node that asks by its heartbeat which of its chunks were cancelled. Built while writers wait, for one reading
-- of the table: no chunk was ever cancelled.
create index idx_jobs_chunks_cancelled on public.jobs_chunks (node_id, completed_at)
where status = 'cancelled' and node_id is not null;

-- Absent and somebody else's look the same, so that nobody learns which jobs exist. Chunks before the job, as they are
-- locked on completion; the share lock on the job only keeps it from being deleted meanwhile. A cancelled chunk keeps
-- its node, so that the node can be told.
create or replace function private.cancel_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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

  return jsonb_build_object('jobId', p_job_id, 'status', 'cancelled', 'chunksCancelled', v_chunks);
end;
$$;

comment on function private.cancel_job(uuid) is 'The body of public.cancel_job.';

revoke all on function private.cancel_job(uuid) from public, anon, authenticated, service_role;
grant execute on function private.cancel_job(uuid) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.cancel_job.
create or replace function public.cancel_job(p_job_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.cancel_job(p_job_id);
$$;

comment on function public.cancel_job(uuid) is
'Ends a job of the signed-in user''s that is pending or running, with the aggregate of what was completed; results that
still come for it do not count: {"jobId", "status", "chunksCancelled"}. Errors (code in DETAIL): not_signed_in,
job_not_found, job_not_open.';

revoke all on function public.cancel_job(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_job(uuid) to authenticated;

-- The job's lock comes first: of a job that has ended nobody locks chunks and then the job. The counters are read anew
-- from the chunks, and what a new job is asked is asked again: the rotation may be private by now, the open jobs many.
create or replace function private.retry_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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

  update public.jobs as j
  set
    status = case when v_completed > 0 then 'running' else 'pending' end,
    completed_iterations = v_completed,
    lost_iterations = v_present - v_completed,
    completed_at = null,
    result = null,
    error = null
  where j.id = p_job_id;

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

-- Exposed, so it holds no privilege of its own; see private.retry_job.
create or replace function public.retry_job(p_job_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.retry_job(p_job_id);
$$;

comment on function public.retry_job(uuid) is
'Opens a failed job of the signed-in user''s again: its failed chunks are pending, with all their attempts before them,
what was completed stays: {"jobId", "status", "chunksRetried"}. Errors (code in DETAIL): not_signed_in, job_not_found,
job_not_failed, chunks_gone, too_many_open_jobs, rotation_not_found.';

revoke all on function public.retry_job(uuid) from public, anon, authenticated, service_role;
grant execute on function public.retry_job(uuid) to authenticated;

delete from private.alembic_version where version_num = '0014';
insert into private.alembic_version (version_num) values ('0015');
