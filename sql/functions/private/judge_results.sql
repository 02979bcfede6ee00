-- The token of a chunk's latest attempt decides. A node that was given none (an older one) is believed while it holds
-- the chunk. A chunk that was taken back keeps the token of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it; without a token, from the node that held it last. Call it with the chunks
-- locked.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, outcome text, reason text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    r.place,
    r.chunk_id,
    case
      when j.reason = 'completed_before' then 'already_done'
      when j.reason in ('reassigned', 'not_assigned', 'chunk_failed', 'chunk_cancelled') then 'superseded'
      when j.reason is not null then 'invalid'
      else 'accepted'
    end,
    j.reason
  from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
    with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
  left join public.jobs_chunks as c on c.id = r.chunk_id and c.id = any(p_chunks)
  cross join lateral (
    select case
      when r.problem = 'entry_malformed' then r.problem
      when c.id is null then 'chunk_unknown'
      when c.status = 'completed' then 'completed_before'
      when c.status in ('failed', 'cancelled') then 'chunk_' || c.status
      when r.problem is not null then r.problem
      when r.iterations <> c.iterations then 'iterations_differ'
      when r.token is not null and r.token is distinct from c.attempt_token then 'reassigned'
      when c.status = 'pending' and c.attempts = 0 then 'not_assigned'
      when r.token is null and r.node_id is distinct from coalesce(c.node_id, c.last_node_id) then 'reassigned'
    end as reason
  ) as j;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result or failure (which has no iterations), and why: accepted (no reason), already_done,
superseded or invalid.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;
