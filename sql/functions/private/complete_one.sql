-- For reports of one result, which are most of them where nodes report as they finish: plain statements begin faster
-- than those that could take many. The same judgement as in private.complete_chunks, and the same order of locks.
create or replace function private.complete_one(
  p_chunk_id uuid,
  p_node_id uuid,
  p_attempt_token uuid,
  p_iterations numeric,
  p_result jsonb
)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job uuid;
  v_iterations integer;
begin
  select c.job_id into v_job
  from public.jobs_chunks as c
  inner join public.jobs as j on j.id = c.job_id
  where c.id = p_chunk_id for key share of j;

  perform set_config('loop.counted', 'on', true);
  update public.jobs_chunks as c
  set status = 'completed', completed_at = now(), result = p_result, error = null, lease_expires_at = null
  where c.id = p_chunk_id
    and case
      when c.status = 'running' and not c.must_check
        then c.node_id = p_node_id and c.attempt_token = p_attempt_token and c.iterations = p_iterations
    end
  returning c.iterations into v_iterations;
  perform set_config('loop.counted', 'off', true);
  if v_iterations is null then
    return null;
  end if;

  update public.jobs as j
  set completed_iterations = j.completed_iterations + v_iterations, status = 'running'
  where j.id = v_job and case when j.status in ('pending', 'running') then true end
    and j.completed_iterations::bigint + j.lost_iterations + v_iterations < j.total_iterations;
  if found then
    return false;
  end if;
  -- It is the last one, or the job has ended before.
  return v_job = any(private.move_jobs(array[v_job], array[v_iterations], array[0], array[true]));
end;
$$;

comment on function private.complete_one(uuid, uuid, uuid, numeric, jsonb) is
'Completes a chunk if it runs on that node in that attempt and its result counts at once; returns whether its job has
ended, or null, and does nothing, if it is otherwise.';

revoke all on function private.complete_one(uuid, uuid, uuid, numeric, jsonb)
from public, anon, authenticated, service_role;
