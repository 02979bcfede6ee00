-- Revision 0012, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0011' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0012', '0011', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- An attempt ends when its lease does, or when its node says that it failed; the last one leaves the chunk failed. And
-- a job ends when nothing of it is pending or running, however its last chunk went.

alter table public.jobs
add column lost_iterations integer not null default 0,
add column error text;
comment on column public.jobs.lost_iterations is 'iterations of chunks that failed, were cancelled or are gone';
comment on column public.jobs.error is 'why the job failed';

alter table public.jobs_chunks
add column error text,
add column last_node_id uuid,
add column lease_expires_at timestamptz;
comment on column public.jobs_chunks.error is 'what the latest attempt that failed said';
-- No foreign key: it is only compared, and a node that is gone reports nothing.
comment on column public.jobs_chunks.last_node_id is 'the node that the chunk was taken back from';
comment on column public.jobs_chunks.lease_expires_at is
'when a running chunk is taken back, unless a heartbeat renews it; without one, settings.stale_after its claim';

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
    'stdDps', round(std, 9)::float8,
    'standardError', round(std / sqrt(sn::numeric), 9)::float8,
    'minDps', lowest,
    'maxDps', highest,
    'totalIterations', iterations,
    'chunksCompleted', chunks
  )
  from total
  -- Variance within the chunks plus variance between their means: what one run over all iterations would have given.
  cross join lateral (select sqrt(greatest(sn * sq - ss * ss, 0)) / nullif(sn, 0) as std) as spread;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
their standardError, minDps, maxDps, totalIterations, chunksCompleted. Figures are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;

-- Ends the jobs that have no chunk left to wait for. The counters have said when to look; what is true is read from the
-- chunks. Whoever changes a chunk of the job next waits for the job's lock, and then finds it ended. Call it with the
-- jobs locked, as a statement that begins after that.
create or replace function private.finish_jobs(p_jobs uuid[])
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update public.jobs as j
  set
    status = e.status,
    completed_at = now(),
    completed_iterations = e.completed,
    error = case
      when e.failed > 0 then format('%s of %s chunks failed, the first with: %s', e.failed, e.chunks, e.error)
      when e.status = 'failed' then 'chunks of the job are gone'
    end,
    -- None at all rather than one without figures.
    result = case when e.completed > 0 then private.job_result(j.id) end
  from (
    select
      s.*,
      case
        when s.failed > 0 then 'failed'
        when s.completed >= s.total_iterations then 'completed'
        when s.cancelled > 0 then 'cancelled'
        else 'failed'
      end as status
    from (
      select
        o.id,
        o.total_iterations,
        count(c.id) as chunks,
        coalesce(sum(c.iterations) filter (where c.status = 'completed'), 0) as completed,
        count(*) filter (where c.status = 'failed') as failed,
        count(*) filter (where c.status = 'cancelled') as cancelled,
        (array_agg(c.error order by c.seed_offset, c.id) filter (where c.status = 'failed'))[1] as error
      from public.jobs as o
      left join public.jobs_chunks as c on c.job_id = o.id and c.job_id = any(p_jobs)
      where o.id = any(p_jobs)
      group by o.id
      having count(*) filter (where c.status in ('pending', 'running')) = 0
    ) as s
  ) as e
  where j.id = any(p_jobs) and j.id = e.id;
$$;

comment on function private.finish_jobs(uuid[]) is
'Ends those of the jobs that have no chunk pending or running: failed if a chunk failed, completed if all iterations
are there, else cancelled or failed; with the aggregate of what was completed, and the reason.';

revoke all on function private.finish_jobs(uuid[]) from public, anon, authenticated, service_role;

-- What becomes of chunks moves their job: completed iterations, and those that will not come (the chunk failed, was
-- cancelled or is gone). n = n + delta under the row's own lock, so nothing is lost however many sessions change chunks
-- of one job at once, and the cost does not depend on the size of the job; only once both together reach the total does
-- anybody read all of its chunks. A job that has ended stays as it is.
create or replace function private.advance_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
  v_over uuid[];
begin
  -- A branch for each event, because each has other transition tables.
  if tg_op = 'UPDATE' then
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(d.begun)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        c.job_id,
        coalesce(sum(c.weight) filter (where c.status = 'completed'), 0) as completed,
        coalesce(sum(c.weight) filter (where c.status in ('failed', 'cancelled')), 0) as lost,
        bool_or(c.begun) as begun
      from (
        select n.job_id, n.status, n.iterations as weight, n.status in ('running', 'completed') as begun
        from new_chunks as n
        union all
        select o.job_id, o.status, -o.iterations, false from old_chunks as o
        where o.status in ('completed', 'failed', 'cancelled')
      ) as c
      group by c.job_id
    ) as d;
  elsif tg_op = 'INSERT' then
    -- Chunks are made pending, so there is nothing to do but for what the edge functions of the transition may insert.
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(d.begun)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        n.job_id,
        coalesce(sum(n.iterations) filter (where n.status = 'completed'), 0) as completed,
        coalesce(sum(n.iterations) filter (where n.status in ('failed', 'cancelled')), 0) as lost,
        bool_or(n.status in ('running', 'completed')) as begun
      from new_chunks as n
      where n.status <> 'pending'
      group by n.job_id
    ) as d;
  else
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(false)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        o.job_id,
        -coalesce(sum(o.iterations) filter (where o.status = 'completed'), 0) as completed,
        coalesce(sum(o.iterations) filter (where o.status in ('pending', 'running', 'completed')), 0) as lost
      from old_chunks as o
      group by o.job_id
    ) as d;
  end if;
  if v_jobs is null then
    return null;
  end if;

  -- Only now are jobs read, by `any(array)`: of a transition table the planner knows nothing, and might read them all.
  -- The cascade from a job that is deleted finds none.
  select
    array_agg(d.id order by d.id), array_agg(d.completed order by d.id), array_agg(d.lost order by d.id),
    array_agg(d.begun order by d.id)
  into v_jobs, v_completed, v_lost, v_begun
  from unnest(v_jobs, v_completed, v_lost, v_begun) as d (id, completed, lost, begun)
  inner join public.jobs as j on j.id = d.id
  where j.id = any(v_jobs) and j.status in ('pending', 'running')
    and (d.completed <> 0 or d.lost <> 0 or d.begun and j.status = 'pending');
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
      completed_iterations = j.completed_iterations + d.completed,
      lost_iterations = j.lost_iterations + d.lost,
      status = case when d.begun then 'running' else j.status end
    from unnest(v_jobs, v_completed, v_lost, v_begun) as d (id, completed, lost, begun)
    where j.id = any(v_jobs) and j.id = d.id and j.status in ('pending', 'running')
    returning j.id, j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations as over
  )
  select array_agg(m.id) into v_over from moved as m where m.over;

  -- A statement of its own, for a snapshot taken after the locks: it sees every chunk that was counted.
  if v_over is not null then
    perform private.finish_jobs(v_over);
  end if;
  return null;
end;
$$;

comment on function private.advance_jobs() is
'Moves the jobs of changed chunks: completed_iterations, lost_iterations, pending → running, and to their end.';

revoke all on function private.advance_jobs() from public, anon, authenticated, service_role;

-- Chunks that are inserted when they are not pending any more; create_job makes none.
create or replace trigger trg_job_progress_new after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement execute function private.advance_jobs();

-- Chunks that go while their job is open must not leave it waiting for them.
create or replace trigger trg_job_progress_gone after delete on public.jobs_chunks
referencing old table as old_chunks
for each statement execute function private.advance_jobs();

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
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job
has ended by now, in whatever way. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array. For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

-- All that can be said of reported failures without their chunks; every cast is guarded, and no entry sinks another.
create or replace function private.read_failures(p_failures jsonb, p_max_length integer)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  error text,
  problem text
)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  with entry as materialized (
    select
      e.place,
      case when e.entry ->> 'chunkId' ~* p.uuid then (e.entry ->> 'chunkId')::uuid end as chunk_id,
      case when e.entry ->> 'nodeId' ~* p.uuid then (e.entry ->> 'nodeId')::uuid end as node_id,
      case when e.entry ->> 'attemptToken' ~* p.uuid then (e.entry ->> 'attemptToken')::uuid end as token,
      e.entry ->> 'attemptToken' is not null as has_token,
      nullif(btrim(left(e.entry ->> 'error', p_max_length)), '') as error
    from jsonb_array_elements(p_failures) with ordinality as e (entry, place)
    cross join (values ('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')) as p (uuid)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    coalesce(e.error, 'the node gave no reason'),
    case when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed' end
  from entry as e;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, and its problem.';

revoke all on function private.read_failures(jsonb, integer) from public, anon, authenticated, service_role;

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

-- Exposed, so it holds no privilege of its own; see private.fail_chunks.
create or replace function public.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select f.* from private.fail_chunks(p_failures) as f;
$$;

comment on function public.fail_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "error"}, …], attempts that came to nothing: each chunk is pending again,
or failed after its last attempt. Answers for each, in their order: accepted, already_done, superseded or invalid, why,
and whether the chunk''s job has ended by now, in whatever way. One bad entry never sinks the others. Error (code in
DETAIL): failures_not_an_array. For the sentinel.';

revoke all on function public.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.fail_chunks(jsonb) to service_role;

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
  v_free uuid[];
  v_lease interval;
  v_count integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select
      array_agg(p.chunk_id order by p.chunk_id), array_agg(p.node_id order by p.chunk_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left, p_node_id) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    perform from public.nodes as n where n.id = any(v_nodes) order by n.id for key share;
    v_free := array(
      select c.id from public.jobs_chunks as c
      where c.id = any(v_chunks) and c.status = 'pending' and c.node_id is null
      order by c.id for no key update skip locked
    );

    -- A chunk's node stands where the chunk does: found by binary search, since for a join with arrays the planner does
    -- not know how long they are, and may take quadratic time. In a sub-select, the array is unpacked once.
    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = v_nodes[width_bucket(c.id, (select v_chunks || '{}'))],
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      where c.id = any(v_free)
        and exists (
          select from public.nodes as n where n.id = v_nodes[width_bucket(c.id, (select v_chunks || '{}'))]
        )
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

-- A slow chunk on a living node is not stale: its lease goes on, but not for ever, or a node that hangs would keep it.
-- A node that names no chunks (an older one) means all that it holds, unless it says that it goes.
create or replace function private.node_heartbeat(p_public_key text, p_status text, p_running uuid[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_node public.nodes;
  v_chunks uuid[];
  v_cancelled uuid[];
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

  select s.* into strict v_settings from private.settings as s;
  -- What is locked is being completed, cancelled or taken back by somebody else.
  if p_running is not null then
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    );
  elsif p_status = 'online' then
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    );
  end if;
  -- Never shorter than it was.
  update public.jobs_chunks as c
  set
    lease_expires_at = greatest(
      c.lease_expires_at, least(now() + v_settings.stale_after, c.claimed_at + v_settings.lease_cap)
    )
  where c.id = any(v_chunks);

  if p_running is not null then
    v_cancelled := array(
      select distinct r.id from unnest(p_running) as r (id)
      where r.id is not null and not exists (
        select from public.jobs_chunks as c
        where c.id = r.id and c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      )
    );
  else
    -- For as long as the node may still be at work on them.
    v_cancelled := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = v_node.id and c.status = 'cancelled' and c.completed_at > now() - v_settings.lease_cap
      order by c.id
    );
  end if;

  return jsonb_build_object(
    'id', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel, 'status', v_node.status,
    'cancelled', to_jsonb(v_cancelled)
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
'A claimed node is there, online or offline, and still computes the chunks named in p_running (null: all it was given),
whose leases go on, up to settings.lease_cap after their assignment. Answers {"id", "name", "maxParallel", "status",
"cancelled"}, the last being those of the chunks that are no longer the node''s to compute. Errors (code in DETAIL): node_unknown, node_unclaimed, status_unknown.
For the sentinel, which has checked the signature.';

revoke all on function public.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeat(text, text, uuid[]) to service_role;

-- The attempt's token stays: a late result counts as long as nobody else has been given the chunk. What is locked is
-- being completed, renewed or reaped by somebody else, so it can wait for the next time. A chunk that somebody runs by
-- writing the table (an edge function of the transition) has no lease; its claim counts instead.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_count integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;

  loop
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.status = 'running' and c.attempts < v_settings.max_attempts
        and (
          c.node_id is null
          or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
        )
      order by c.id limit v_settings.batch_size for no key update skip locked
    );
    update public.jobs_chunks as c
    set
      status = 'pending',
      node_id = null,
      last_node_id = coalesce(c.node_id, c.last_node_id),
      claimed_at = null,
      lease_expires_at = null
    where c.id = any(v_chunks);
    v_count := v_count + cardinality(v_chunks);
    exit when cardinality(v_chunks) < v_settings.batch_size;
  end loop;

  -- Those whose last attempt it was move their jobs. Jobs are locked in order only within one statement, so there is one
  -- batch of these for each call; and jobs that are being deleted are left alone, as that waits for chunks.
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    inner join public.jobs as j on j.id = c.job_id
    where c.status = 'running' and c.attempts >= v_settings.max_attempts
      and (
        c.node_id is null
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    order by c.id limit v_settings.batch_size for no key update of c skip locked for key share of j skip locked
  );
  if v_chunks <> '{}' then
    update public.jobs_chunks as c
    set
      status = 'failed',
      completed_at = now(),
      error = format('no answer from the node in attempt %s', c.attempts),
      node_id = null,
      last_node_id = coalesce(c.node_id, c.last_node_id),
      claimed_at = null,
      lease_expires_at = null
    where c.id = any(v_chunks);
  end if;
  return v_count + cardinality(v_chunks);
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
'Takes running chunks back whose lease is over, or whose node is gone: they are pending again, or failed after their
last attempt. Returns how many. For the sentinel and cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

-- Open jobs of which chunks are missing would wait for them for ever. Nobody moves a job meanwhile: the new columns were
-- added under a lock that lasts as long as this transaction. Only the chunks of open jobs are read.
update public.jobs as j
set lost_iterations = j.total_iterations - c.iterations
from (
  select k.job_id, sum(k.iterations) as iterations
  from public.jobs_chunks as k
  where k.job_id = any(array(select o.id from public.jobs as o where o.status in ('pending', 'running')))
  group by k.job_id
) as c
where j.id = c.job_id and j.status in ('pending', 'running') and j.total_iterations > c.iterations;

select private.finish_jobs(array(
  select j.id from public.jobs as j
  where j.status in ('pending', 'running')
    and j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations
));

delete from private.alembic_version where version_num = '0011';
insert into private.alembic_version (version_num) values ('0012');
