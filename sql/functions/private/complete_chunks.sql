-- Judges, with all that is concerned locked, then writes.
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_iterations numeric[];
  v_results jsonb[];
  v_outcomes text[];
  v_reasons text[];
  v_must_check boolean[];
  v_held_back uuid[] := '{}';
begin
  if jsonb_typeof(p_results) is distinct from 'array' then
    perform private.refuse(
      400, 'results_not_an_array', 'the results are not a JSON array', 'Send p_results as [{"chunkId": …}, …].'
    );
  end if;

  select
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.iterations),
    array_agg(r.result), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_reasons
  from private.read_results(p_results) as r;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason), array_agg(r.must_check)
  into v_jobs, v_outcomes, v_reasons, v_must_check
  from private.judge_results(v_chunks, v_nodes, v_tokens, v_iterations, v_reasons) as r;

  if true = any(v_must_check) then
    v_held_back := private.hear_results(v_chunks, v_nodes, v_results, v_must_check);
  end if;

  update public.jobs_chunks as c
  set
    status = 'completed',
    completed_at = now(),
    result = r.result || jsonb_build_object('iterations', c.iterations),
    error = null,
    lease_expires_at = null,
    -- Of a late result for a chunk that is pending again nobody knows the node but the one who sends it. Locked against
    -- its deletion, and not waited for if that is under way: whoever deletes it may be waiting for these chunks.
    node_id = coalesce(
      c.node_id, (select n.id from public.nodes as n where n.id = r.node_id for key share skip locked)
    )
  from unnest(v_chunks, v_nodes, v_outcomes, v_results) as r (chunk_id, node_id, outcome, result)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted' and c.id <> all(v_held_back);

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;
