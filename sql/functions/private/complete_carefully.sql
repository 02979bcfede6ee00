-- Judges, with all that is concerned locked, then writes.
create or replace function private.complete_carefully(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_results jsonb[],
  p_problems text[]
)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_jobs uuid[];
  v_outcomes text[];
  v_reasons text[];
  v_must_check boolean[];
  v_held_back uuid[] := '{}';
begin
  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason), array_agg(r.must_check)
  into v_jobs, v_outcomes, v_reasons, v_must_check
  from private.judge_results(p_chunks, p_nodes, p_tokens, p_iterations, p_problems) as r;

  if true = any(v_must_check) then
    v_held_back := private.hear_results(p_chunks, p_nodes, p_results, v_must_check);
  end if;

  update public.jobs_chunks as c
  set
    status = 'completed',
    completed_at = now(),
    result = r.result,
    error = null,
    lease_expires_at = null,
    -- Of a late result for a chunk that is pending again nobody knows the node but the one who sends it. Locked against
    -- its deletion, and not waited for if that is under way: whoever deletes it may be waiting for these chunks.
    node_id = coalesce(
      c.node_id, (select n.id from public.nodes as n where n.id = r.node_id for key share skip locked)
    )
  from unnest(p_chunks, p_nodes, v_outcomes, p_results) as r (chunk_id, node_id, outcome, result)
  where c.id = any(p_chunks) and c.id = r.chunk_id and r.outcome = 'accepted' and c.id <> all(v_held_back);

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(p_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.complete_carefully(uuid[], uuid[], uuid[], numeric[], jsonb[], text[]) is
'What private.complete_chunks does with a report in which not every result counts at once.';

revoke all on function private.complete_carefully(uuid[], uuid[], uuid[], numeric[], jsonb[], text[])
from public, anon, authenticated, service_role;
