drop trigger trg_job_progress_gone on public.jobs_chunks;
drop trigger trg_job_progress_new on public.jobs_chunks;
drop function public.fail_chunks(jsonb);
drop function private.fail_chunks(jsonb);
drop function private.read_failures(jsonb, integer);
drop function private.finish_jobs(uuid[]);

-- One definition of a job's result, for the trigger and for the repair. In numeric, where sums are exact in any order;
-- values that a double could not hold, and whatever is no JSON number, are left out (old data was never checked).
create or replace function private.job_result(p_job_id uuid)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with chunk as materialized (
    select
      c.iterations,
      case when jsonb_typeof(c.result -> 'meanDps') = 'number' then (c.result -> 'meanDps')::numeric end as mean,
      case when jsonb_typeof(c.result -> 'stdDps') = 'number' then (c.result -> 'stdDps')::numeric end as std,
      case when jsonb_typeof(c.result -> 'minDps') = 'number' then (c.result -> 'minDps')::numeric end as lowest,
      case when jsonb_typeof(c.result -> 'maxDps') = 'number' then (c.result -> 'maxDps')::numeric end as highest
    from public.jobs_chunks as c
    where c.job_id = p_job_id and c.status = 'completed'
  ),

  -- One that lacks a mean counts in no figure. The spread needs a mean and a deviation of the same chunks.
  total as (
    select
      count(*) as chunks,
      coalesce(sum(iterations), 0) as iterations,
      sum(iterations) filter (where abs(mean) < 1e300) as n,
      sum(iterations * mean) filter (where abs(mean) < 1e300) as s,
      min(lowest) filter (where abs(mean) < 1e300 and abs(lowest) < 1e300) as lowest,
      max(highest) filter (where abs(mean) < 1e300 and abs(highest) < 1e300) as highest,
      sum(iterations) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sn,
      sum(iterations * mean) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as ss,
      sum(iterations * (std * std + mean * mean)) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sq
    from chunk
  )

  select jsonb_build_object(
    'meanDps', round(s / nullif(n, 0), 9)::float8,
    -- Variance within the chunks plus variance between their means: what one run over all iterations would have given.
    'stdDps', round(sqrt(greatest(sn * sq - ss * ss, 0)) / nullif(sn, 0), 9)::float8,
    'minDps', lowest,
    'maxDps', highest,
    'totalIterations', iterations,
    'chunksCompleted', chunks
  )
  from total;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
minDps, maxDps, totalIterations, chunksCompleted. Figures are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;

-- A completed chunk adds its iterations to its job, one that is set back takes them away: n = n + delta under the row's
-- own lock, so nothing is lost however many sessions complete chunks of one job at once. What it costs does not depend
-- on the size of the job; only the last chunk reads all of them. A finished job stays as it is.
create or replace function private.advance_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_deltas bigint[];
  v_finished uuid[];
begin
  select array_agg(t.job_id order by t.job_id), array_agg(t.delta order by t.job_id)
  into v_jobs, v_deltas
  from (
    select d.job_id, sum(d.delta) as delta
    from (
      select
        n.job_id,
        case when n.status = 'completed' then n.iterations else 0 end as delta,
        n.status in ('running', 'completed') as begun
      from new_chunks as n
      union all
      select o.job_id, -o.iterations, false from old_chunks as o where o.status = 'completed'
    ) as d
    inner join public.jobs as j on j.id = d.job_id
    where j.status in ('pending', 'running')
    group by d.job_id, j.status
    having sum(d.delta) <> 0 or (j.status = 'pending' and bool_or(d.begun))
  ) as t;
  if v_jobs is null then
    return null;
  end if;

  -- Two statements that touch the same jobs lock them in the same order. Not `for update`: that would meet the lock
  -- which a foreign key takes on the job of a new chunk.
  if cardinality(v_jobs) > 1 then
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for no key update;
  end if;

  with moved as (
    update public.jobs as j
    set
      completed_iterations = j.completed_iterations + d.delta,
      status = 'running'
    from unnest(v_jobs, v_deltas) as d (id, delta)
    where j.id = any(v_jobs) and j.id = d.id and j.status in ('pending', 'running')
    returning j.id, j.completed_iterations >= j.total_iterations as finished
  )
  select array_agg(m.id) into v_finished from moved as m where m.finished;

  -- A statement of its own, for a snapshot taken after the locks: it sees every chunk that was counted.
  if v_finished is not null then
    update public.jobs as j
    set status = 'completed', completed_at = now(), result = private.job_result(j.id)
    where j.id = any(v_finished);
  end if;
  return null;
end;
$$;

comment on function private.advance_jobs() is
'Moves the jobs of changed chunks: completed_iterations, pending → running → completed, and on completion the result.';

revoke all on function private.advance_jobs() from public, anon, authenticated, service_role;

-- The token of a chunk's latest attempt decides. A node that was given none (an older one) is believed while it holds
-- the chunk. A chunk that was taken back keeps the token of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it. Call it with the chunks locked.
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
      when j.reason in ('reassigned', 'not_assigned') then 'superseded'
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
      when r.problem is not null then r.problem
      when r.iterations <> c.iterations then 'iterations_differ'
      when r.token is not null and r.token is distinct from c.attempt_token then 'reassigned'
      when r.token is null and c.status = 'running' and r.node_id is distinct from c.node_id then 'reassigned'
      when c.status not in ('pending', 'running') or c.attempts = 0 and c.status = 'pending' then 'not_assigned'
    end as reason
  ) as j;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result, and why: accepted (no reason), already_done, superseded or invalid.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;

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
  perform from public.jobs as j
  where j.id = any(array(select c.job_id from public.jobs_chunks as c where c.id = any(v_chunks)))
  order by j.id for key share;
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
    -- Of a late result for a chunk that is pending again nobody knows the node but the one who sends it.
    node_id = coalesce(c.node_id, (select n.id from public.nodes as n where n.id = r.node_id))
  from unnest(v_chunks, v_nodes, v_outcomes, v_results) as r (chunk_id, node_id, outcome, result)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status = 'completed', false)
  from unnest(v_chunks, v_outcomes, v_reasons) with ordinality as r (chunk_id, outcome, reason, place)
  left join public.jobs_chunks as c on c.id = r.chunk_id and c.id = any(v_chunks)
  left join public.jobs as j on j.id = c.job_id
  order by r.place;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;

-- Exposed, so it holds no privilege of its own; see private.complete_chunks.
create or replace function public.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select c.* from private.complete_chunks(p_results) as c;
$$;

comment on function public.complete_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "result": {"meanDps", "stdDps", "minDps", "maxDps", "iterations"}}, …]
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job is
complete now. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array. For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

-- Schedulers take turns: a node's room is only known while nobody else fills it. Heartbeats and completions do not
-- wait. Run it at read committed (the default): each statement must see what the turn before has committed.
create or replace function private.assign_chunks(p_limit integer, p_node_id uuid)
returns table (
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  job_id uuid,
  iterations integer,
  seed_offset integer,
  config_hash text,
  config jsonb
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_left integer := coalesce(p_limit, 100);
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_count integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left, p_node_id) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    perform from public.nodes as n where n.id = any(v_nodes) order by n.id for key share;

    return query
    with free as (
      select c.id from public.jobs_chunks as c
      where c.id = any(v_chunks) and c.status = 'pending' and c.node_id is null
      order by c.id for no key update skip locked
    ),

    assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = n.id,
        claimed_at = now(),
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      inner join free as f on f.id = p.chunk_id
      inner join public.nodes as n on n.id = p.node_id
      where c.id = any(v_chunks) and c.id = p.chunk_id
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    )

    select a.id, a.node_id, a.attempt_token, a.job_id, a.iterations, a.seed_offset, a.config_hash, g.config
    from assigned as a
    inner join public.jobs_configs as g on g.hash = a.config_hash;

    get diagnostics v_count = row_count;
    exit when v_count = 0;
    v_left := v_left - v_count;
  end loop;
end;
$$;

comment on function private.assign_chunks(integer, uuid) is 'The body of public.assign_chunks.';

revoke all on function private.assign_chunks(integer, uuid) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer, uuid) to service_role;

-- A slow chunk on a living node is not stale: the ones that the node names, and holds, are as good as claimed just now.
create or replace function private.node_heartbeat(p_public_key text, p_status text, p_running uuid[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_node public.nodes;
begin
  if p_status is null or p_status not in ('online', 'offline') then
    perform private.refuse(400, 'status_unknown', 'there is no such status', 'Send online or offline.');
  end if;

  update public.nodes as n
  set status = p_status, last_seen_at = now()
  where n.public_key = p_public_key and n.user_id is not null
  returning n.* into v_node;
  if not found then
    perform from public.nodes as n where n.public_key = p_public_key;
    if found then
      perform private.refuse(
        404, 'node_unclaimed', 'this node has no owner yet', 'Claim it in the portal with its claim code.'
      );
    end if;
    perform private.refuse(404, 'node_unknown', 'this node is not known', 'Register it first.');
  end if;

  if p_running is not null then
    with held as (
      select c.id from public.jobs_chunks as c
      where c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    )
    update public.jobs_chunks as c
    set claimed_at = now()
    from held as h
    where c.id = any(p_running) and c.id = h.id;
  end if;

  return jsonb_build_object(
    'id', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel, 'status', v_node.status
  );
end;
$$;

comment on function private.node_heartbeat(text, text, uuid[]) is 'The body of public.node_heartbeat.';

revoke all on function private.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeat(text, text, uuid[]) to service_role;

-- Exposed, so it holds no privilege of its own; see private.node_heartbeat.
create or replace function public.node_heartbeat(
  p_public_key text,
  p_status text default 'online',
  p_running uuid[] default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.node_heartbeat(p_public_key, p_status, p_running);
$$;

comment on function public.node_heartbeat(text, text, uuid[]) is
'A claimed node is there, online or offline, and still computes the chunks named in p_running:
{"id", "name", "maxParallel", "status"}. Errors (code in DETAIL): node_unknown, node_unclaimed, status_unknown.
For the sentinel, which has checked the signature.';

revoke all on function public.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeat(text, text, uuid[]) to service_role;

-- The attempt's token stays: a late result counts as long as nobody else has been given the chunk. What is locked is
-- being completed, renewed or reaped by somebody else, so it can wait for the next time.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with stale as (
    select c.id from public.jobs_chunks as c
    where c.status = 'running'
      and (
        c.node_id is null
        or coalesce(c.claimed_at, c.created_at) < (select now() - s.stale_after from private.settings as s)
      )
    order by c.id for no key update skip locked
  )
  update public.jobs_chunks as c
  set status = 'pending', node_id = null, claimed_at = null
  from stale as s
  where c.id = s.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;

-- Exposed, so it holds no privilege of its own; see private.reap_stale_chunks.
create or replace function public.reap_stale_chunks()
returns integer
language sql
set search_path = ''
as $$
  select private.reap_stale_chunks();
$$;

comment on function public.reap_stale_chunks() is
'Takes running chunks back that have been silent for longer than settings.stale_after, or whose node is gone; returns
how many. For the sentinel and cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

alter table public.jobs_chunks
drop column error,
drop column last_node_id,
drop column lease_expires_at;
alter table public.jobs
drop column lost_iterations,
drop column error;
