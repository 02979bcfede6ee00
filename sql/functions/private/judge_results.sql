-- The token of a chunk's latest attempt decides, in the hands of the node that it was given to: another one that has
-- come to know it has computed nothing. A node that was given none (an older one) is believed while it holds the chunk.
-- A chunk that was taken back keeps token and node of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it. The same chunk twice in one report: the first entry that is good enough
-- counts. A chunk whose result waits to be confirmed is done with. Jobs are locked before chunks, each in key order,
-- and before anything is judged: nobody can reassign or complete a chunk between the judgement and what the caller
-- writes. The share lock only keeps an owner from deleting the job in between, and lets other reports on the same job
-- pass.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, job_id uuid, outcome text, reason text, must_check boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  -- `any(array)` beside every join: of the rows of an unnest the planner knows nothing, and might read the whole table.
  perform from public.jobs as j
  where j.id = any(array(select c.job_id from public.jobs_chunks as c where c.id = any(p_chunks)))
  order by j.id for key share;

  return query
  with held as materialized (
    select
      c.id, c.job_id, c.status, c.iterations, c.attempt_token, c.attempts, coalesce(c.node_id, c.last_node_id) as node_id,
      c.must_check, c.status = 'running' and c.lease_expires_at = 'infinity' as held_back
    from public.jobs_chunks as c
    where c.id = any(p_chunks)
    order by c.id for no key update
  )

  select
    j.place, j.chunk_id, j.job_id,
    case
      when j.again or j.reason = 'completed_before' then 'already_done'
      when j.reason is null then 'accepted'
      when j.reason in ('reassigned', 'not_assigned', 'chunk_failed', 'chunk_cancelled') then 'superseded'
      else 'invalid'
    end,
    case when not j.again then j.reason when p_iterations is null then 'reported_before' else 'completed_before' end,
    j.must_check and j.reason is null and not j.again
  from (
    select
      r.place, r.chunk_id, c.job_id, c.must_check, j.reason,
      j.reason is null and row_number() over (partition by r.chunk_id, j.reason order by r.place) > 1 as again
    from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
      with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
    left join held as c on c.id = r.chunk_id
    cross join lateral (
      select case
        when r.problem = 'entry_malformed' then r.problem
        when c.id is null then 'chunk_unknown'
        when c.status = 'completed' or c.held_back then 'completed_before'
        when c.status in ('failed', 'cancelled') then 'chunk_' || c.status
        when r.problem is not null then r.problem
        when r.iterations <> c.iterations then 'iterations_differ'
        when r.token is not null and r.token is distinct from c.attempt_token then 'reassigned'
        when c.status = 'pending' and c.attempts = 0 then 'not_assigned'
        when r.node_id is distinct from c.node_id then 'reassigned'
      end as reason
    ) as j
  ) as j
  order by j.place;
end;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result or failure (which has no iterations), and why: accepted (no reason), already_done,
superseded or invalid; and whether an accepted one has consequences beyond its chunk. Locks the jobs and the chunks.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;
