-- Locks first, judges then, writes last: nobody can reassign or complete a chunk between the judgement and the write.
-- Jobs before chunks, each in key order; the share lock only keeps an owner from deleting the job in between, and lets
-- other completions of the same job pass.
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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
begin
  if jsonb_typeof(p_results) is distinct from 'array' then
    perform private.refuse(
      400, 'results_not_an_array', 'the results are not a JSON array', 'Send p_results as [{"chunkId": …}, …].'
    );
  end if;

  select
    array_agg(r.chunk_id order by r.place), array_agg(r.node_id order by r.place),
    array_agg(r.attempt_token order by r.place), array_agg(r.iterations order by r.place),
    array_agg(r.result order by r.place), array_agg(r.problem order by r.place)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_reasons
  from private.read_results(p_results) as r;

  -- `any(array)` beside every join: of the rows of an unnest the planner knows nothing, and might read the whole table.
  v_jobs := array(select distinct c.job_id from public.jobs_chunks as c where c.id = any(v_chunks));
  perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
  perform from public.jobs_chunks as c where c.id = any(v_chunks) order by c.id for no key update;

  -- The same chunk twice in one report: the first result that is good enough counts.
  select
    array_agg(case when v.again then 'already_done' else v.outcome end order by v.place),
    array_agg(case when v.again then 'completed_before' else v.reason end order by v.place)
  into v_outcomes, v_reasons
  from (
    select
      f.*,
      f.outcome = 'accepted' and row_number() over (partition by f.chunk_id, f.outcome order by f.place) > 1 as again
    from private.judge_results(v_chunks, v_nodes, v_tokens, v_iterations, v_reasons) as f
  ) as v;

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

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;
