-- The same steps and the same locks as in private.complete_chunks, and before them the nodes': whoever deletes a node
-- locks it, then its chunks. Attempts are counted when they are assigned, so nothing is counted here; but a chunk that
-- is handed back by a node that stops was not tried, and costs none. Its token goes, so that it is handed back once.
-- Nor is the node given anything in a hurry: handing back without end would be a way to keep chunks from everybody.
create or replace function private.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_errors text[];
  v_handed_back boolean[];
  v_stopping uuid[];
  v_outcomes text[];
  v_reasons text[];
begin
  if jsonb_typeof(p_failures) is distinct from 'array' then
    perform private.refuse(
      400, 'failures_not_an_array', 'the failures are not a JSON array', 'Send p_failures as [{"chunkId": …}, …].'
    );
  end if;
  select s.* into strict v_settings from private.settings as s;

  select
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.error),
    array_agg(r.handed_back), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_errors, v_handed_back, v_reasons
  from private.read_failures(p_failures, v_settings.max_error_length) as r;

  perform from public.nodes as n
  where n.id = any(array(select c.node_id from public.jobs_chunks as c where c.id = any(v_chunks)))
  order by n.id for no key update;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
  from private.judge_results(v_chunks, v_nodes, v_tokens, null, v_reasons) as r;

  perform private.lower_quotas(
    array(
      select r.chunk_id from unnest(v_chunks, v_handed_back, v_outcomes) as r (chunk_id, handed_back, outcome)
      where r.outcome = 'accepted' and not r.handed_back
    ),
    v_settings
  );
  v_stopping := array(
    select c.node_id from unnest(v_chunks, v_handed_back, v_outcomes) as r (chunk_id, handed_back, outcome)
    inner join public.jobs_chunks as c on c.id = r.chunk_id
    where r.outcome = 'accepted' and r.handed_back and c.status = 'running'
  );
  if v_stopping <> '{}' then
    update public.nodes as n
    set status = 'offline', backoff_until = greatest(n.backoff_until, now() + v_settings.backoff_first)
    where n.id = any(v_stopping);
  end if;

  -- What is pending again already (its lease was over) stays so.
  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts and not r.handed_back then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts and not r.handed_back then now() end,
    attempts = c.attempts - (r.handed_back and c.status = 'running')::integer,
    attempt_token = case when not r.handed_back then c.attempt_token end,
    error = case when r.handed_back then c.error else r.error end,
    node_id = null,
    last_node_id = case when r.handed_back then c.last_node_id else coalesce(c.node_id, c.last_node_id) end,
    claimed_at = null,
    lease_expires_at = null
  from unnest(v_chunks, v_errors, v_handed_back, v_outcomes) as r (chunk_id, error, handed_back, outcome)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  -- There is room again, also where the chunk has failed for good.
  if 'accepted' = any(v_outcomes) then
    perform pg_notify('pending_chunk', '');
  end if;

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.fail_chunks(jsonb) is 'The body of public.fail_chunks.';

revoke all on function private.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.fail_chunks(jsonb) to service_role;
