-- The same steps and the same locks in the same order as in private.complete_chunks. Attempts are counted when they are
-- assigned, so nothing is counted here.
create or replace function private.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_errors text[];
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
    array_agg(r.chunk_id order by r.place), array_agg(r.node_id order by r.place),
    array_agg(r.attempt_token order by r.place), array_agg(r.error order by r.place),
    array_agg(r.problem order by r.place)
  into v_chunks, v_nodes, v_tokens, v_errors, v_reasons
  from private.read_failures(p_failures, v_settings.max_error_length) as r;

  v_jobs := array(select distinct c.job_id from public.jobs_chunks as c where c.id = any(v_chunks));
  perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
  perform from public.jobs_chunks as c where c.id = any(v_chunks) order by c.id for no key update;

  -- The same chunk twice in one report: the first failure counts.
  select
    array_agg(case when v.again then 'already_done' else v.outcome end order by v.place),
    array_agg(case when v.again then 'reported_before' else v.reason end order by v.place)
  into v_outcomes, v_reasons
  from (
    select
      f.*,
      f.outcome = 'accepted' and row_number() over (partition by f.chunk_id, f.outcome order by f.place) > 1 as again
    from private.judge_results(v_chunks, v_nodes, v_tokens, null, v_reasons) as f
  ) as v;

  -- What is pending again already (its lease was over) stays so.
  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts then now() end,
    error = r.error,
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  from unnest(v_chunks, v_errors, v_outcomes) as r (chunk_id, error, outcome)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(v_chunks, v_outcomes, v_reasons) with ordinality as r (chunk_id, outcome, reason, place)
  left join public.jobs_chunks as c on c.id = r.chunk_id and c.id = any(v_chunks)
  left join public.jobs as j on j.id = c.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.fail_chunks(jsonb) is 'The body of public.fail_chunks.';

revoke all on function private.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.fail_chunks(jsonb) to service_role;
