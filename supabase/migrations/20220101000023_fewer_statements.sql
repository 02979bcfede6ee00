-- Revision 0023, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0022' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0023', '0022', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Made again below, with another return type.
-- squawk-ignore ban-drop-function
drop function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]);

-- The token of a chunk's latest attempt decides. A node that was given none (an older one) is believed while it holds
-- the chunk. A chunk that was taken back keeps the token of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it; without a token, from the node that held it last. The same chunk twice in
-- one report: the first entry that is good enough counts.
-- Jobs are locked before chunks, each in key order, and before anything is judged: nobody can reassign or complete a
-- chunk between the judgement and what the caller writes. The share lock only keeps an owner from deleting the job in
-- between, and lets other reports on the same job pass.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, job_id uuid, outcome text, reason text)
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
    select c.id, c.job_id, c.status, c.iterations, c.attempt_token, c.attempts, coalesce(c.node_id, c.last_node_id) as node_id
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
    case when not j.again then j.reason when p_iterations is null then 'reported_before' else 'completed_before' end
  from (
    select
      r.place, r.chunk_id, c.job_id, j.reason,
      j.reason is null and row_number() over (partition by r.chunk_id, j.reason order by r.place) > 1 as again
    from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
      with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
    left join held as c on c.id = r.chunk_id
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
        when r.token is null and r.node_id is distinct from c.node_id then 'reassigned'
      end as reason
    ) as j
  ) as j
  order by j.place;
end;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result or failure (which has no iterations), and why: accepted (no reason), already_done,
superseded or invalid. Locks the jobs and the chunks.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;

-- All that can be said of reported results without their chunks. Nothing here may fail on what a node sent: one entry's
-- bad id or number must not sink the batch, so every cast is guarded. JSON has no NaN and no Infinity, and as text
-- ("NaN") they are no numbers.
create or replace function private.read_results(p_results jsonb)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  iterations numeric,
  result jsonb,
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
      case when jsonb_typeof(r.r -> 'meanDps') = 'number' then (r.r -> 'meanDps')::numeric end as mean,
      case when jsonb_typeof(r.r -> 'stdDps') = 'number' then (r.r -> 'stdDps')::numeric end as std,
      case when jsonb_typeof(r.r -> 'minDps') = 'number' then (r.r -> 'minDps')::numeric end as lowest,
      case when jsonb_typeof(r.r -> 'maxDps') = 'number' then (r.r -> 'maxDps')::numeric end as highest,
      case when jsonb_typeof(r.r -> 'iterations') = 'number' then (r.r -> 'iterations')::numeric end as iterations
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral (select e.entry -> 'result') as r (r)
    cross join (values ('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')) as p (uuid)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    e.iterations,
    jsonb_build_object('meanDps', e.mean, 'stdDps', e.std, 'minDps', e.lowest, 'maxDps', e.highest),
    case
      when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed'
      when num_nulls(e.mean, e.std, e.lowest, e.highest, e.iterations) > 0 then 'result_not_numeric'
      when greatest(abs(e.mean), abs(e.std), abs(e.lowest), abs(e.highest)) >= 1e300
        or greatest(scale(e.mean), scale(e.std), scale(e.lowest), scale(e.highest)) > 400 then 'result_out_of_range'
      when e.std < 0 then 'std_negative'
      -- A mean of equal values, summed in doubles, may come out beside them by a rounding error.
      when e.mean < e.lowest - abs(e.lowest) * 1e-9 or e.mean > e.highest + abs(e.highest) * 1e-9
        or e.lowest > e.highest then 'mean_outside_range'
    end
  from entry as e
  order by e.place;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its numbers, and the problem that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;

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
  from entry as e
  order by e.place;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, and its problem.';

revoke all on function private.read_failures(jsonb, integer) from public, anon, authenticated, service_role;

-- Judges, with all that is concerned locked, then writes.
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
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
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.iterations),
    array_agg(r.result), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_reasons
  from private.read_results(p_results) as r;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
  from private.judge_results(v_chunks, v_nodes, v_tokens, v_iterations, v_reasons) as r;

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
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;

-- The same steps and the same locks as in private.complete_chunks. Attempts are counted when they are assigned, so
-- nothing is counted here.
create or replace function private.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
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
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.error), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_errors, v_reasons
  from private.read_failures(p_failures, v_settings.max_error_length) as r;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
  from private.judge_results(v_chunks, v_nodes, v_tokens, null, v_reasons) as r;

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
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.fail_chunks(jsonb) is 'The body of public.fail_chunks.';

revoke all on function private.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.fail_chunks(jsonb) to service_role;

-- What becomes of chunks moves their job: completed iterations, and those that will not come (the chunk failed, was
-- cancelled or is gone). n = n + delta under the row's own lock, so nothing is lost however many sessions change chunks
-- of one job at once, and the cost does not depend on the size of the job; only once both together reach the total does
-- anybody read all of its chunks. A job that has ended stays as it is.
create or replace function private.advance_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
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
    ) as d
    where d.completed <> 0 or d.lost <> 0 or d.begun;
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

  -- Two statements that touch the same jobs lock them in the same order. Not `for update`: that would meet the lock
  -- which a foreign key takes on the job of a new chunk.
  if cardinality(v_jobs) > 1 then
    perform from public.jobs as j
    inner join unnest(v_jobs, v_completed, v_lost) as d (id, completed, lost) on d.id = j.id
    where j.id = any(v_jobs) and (j.status = 'pending' or j.status = 'running' and (d.completed <> 0 or d.lost <> 0))
    order by j.id for no key update of j;
  end if;

  with moved as (
    update public.jobs as j
    set
      completed_iterations = j.completed_iterations + d.completed,
      lost_iterations = j.lost_iterations + d.lost,
      status = case when d.begun then 'running' else j.status end
    from unnest(v_jobs, v_completed, v_lost, v_begun) as d (id, completed, lost, begun)
    where j.id = any(v_jobs) and j.id = d.id
      and (j.status = 'pending' or j.status = 'running' and (d.completed <> 0 or d.lost <> 0))
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

delete from private.alembic_version where version_num = '0022';
insert into private.alembic_version (version_num) values ('0023');
