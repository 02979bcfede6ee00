-- What becomes of chunks moves their job: completed iterations, and those that will not come (the chunk failed, was
-- cancelled or is gone). For everybody who writes chunks, but for what counts by itself and says so (loop.counted).
create or replace function private.advance_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
begin
  -- A branch for each event: an insert is told of row by row, the others have each their own transition tables.
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
    v_jobs := array[new.job_id];
    v_completed := array[case when new.status = 'completed' then new.iterations else 0 end];
    v_lost := array[case when new.status in ('failed', 'cancelled') then new.iterations else 0 end];
    v_begun := array[new.status in ('running', 'completed')];
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
  if v_jobs is not null then
    perform private.move_jobs(v_jobs, v_completed, v_lost, v_begun);
  end if;
  return null;
end;
$$;

comment on function private.advance_jobs() is
'Moves the jobs of changed chunks: completed_iterations, lost_iterations, pending → running, and to their end.';

revoke all on function private.advance_jobs() from public, anon, authenticated, service_role;

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

-- The usual report has nothing but results that count at once: each of a chunk that runs on that node in that attempt.
-- It is judged by the statement that writes it, so each chunk is found and locked once; whatever else a report holds
-- sends all of it to private.complete_carefully. That is seen beforehand, by a look without locks. What changes between
-- the look and the writing undoes the writing, and the careful way answers. Chunks are changed in key order because
-- they are found by an index: hence no sequential and no bitmap scan.
-- The counts are moved here, so the triggers that count for everybody else are told to let it be (loop.counted).
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  v_only record;
  v_chunks uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_iterations numeric[];
  v_results jsonb[];
  v_problems text[];
  v_job_of uuid[];
  v_usual boolean;
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
  v_count bigint;
  v_ended uuid[];
begin
  if jsonb_typeof(p_results) is distinct from 'array' then
    perform private.refuse(
      400, 'results_not_an_array', 'the results are not a JSON array', 'Send p_results as [{"chunkId": …}, …].'
    );
  end if;

  if jsonb_array_length(p_results) = 1 then
    select r.* into v_only from private.read_results(p_results) as r;
    if v_only.problem is null then
      job_complete := private.complete_one(
        v_only.chunk_id, v_only.node_id, v_only.attempt_token, v_only.iterations, v_only.result
      );
      if job_complete is not null then
        chunk_id := v_only.chunk_id;
        outcome := 'accepted';
        return next;
        return;
      end if;
    end if;
  end if;

  select
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.iterations),
    array_agg(r.result), array_agg(r.problem), array_agg(r.job_id), bool_and(r.usual)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_problems, v_job_of, v_usual
  from (
    select
      e.*, c.job_id,
      coalesce(
        e.problem is null and e.attempt_token = c.attempt_token and e.node_id = c.node_id
        and e.iterations = c.iterations and c.status = 'running' and not c.must_check, false
      ) as usual
    from private.read_results(p_results) as e
    left join public.jobs_chunks as c on c.id = e.chunk_id
    order by e.place
  ) as r;

  if v_usual then
    -- Jobs before chunks: whoever deletes one locks it, then its chunks.
    perform from public.jobs as j where j.id = any(v_job_of) order by j.id for key share;
    begin
      perform set_config('loop.counted', 'on', true);
      with done as (
        update public.jobs_chunks as c
        set status = 'completed', completed_at = now(), result = r.result, error = null, lease_expires_at = null
        from unnest(v_chunks, v_nodes, v_tokens, v_results) as r (chunk_id, node_id, attempt_token, result)
        where c.id = any(v_chunks) and c.id = r.chunk_id
          -- In a case, or an index of what runs would look like the shortest way.
          and case
            when c.status = 'running' and not c.must_check
              then c.node_id = r.node_id and c.attempt_token = r.attempt_token
          end
        returning c.job_id, c.iterations
      )

      select array_agg(d.job_id), array_agg(d.iterations), array_agg(0), array_agg(true), sum(d.chunks)
      into v_jobs, v_completed, v_lost, v_begun, v_count
      from (
        select d.job_id, sum(d.iterations) as iterations, count(*) as chunks from done as d group by d.job_id
      ) as d;
      perform set_config('loop.counted', 'off', true);
      if v_count is distinct from cardinality(v_chunks) then
        raise exception using errcode = 'LP001', message = 'chunks have changed meanwhile';
      end if;
    exception when sqlstate 'LP001' then
      v_usual := false;
    end;
  end if;
  if v_usual then
    v_ended := private.move_jobs(v_jobs, v_completed, v_lost, v_begun);
    return query
    select r.chunk_id, 'accepted', null::text, r.job_id = any(v_ended)
    from unnest(v_chunks, v_job_of) as r (chunk_id, job_id);
  else
    return query
    select c.* from private.complete_carefully(v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_problems) as c;
  end if;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;

-- For reports of one result, which are most of them where nodes report as they finish: plain statements begin faster
-- than those that could take many. The same judgement as in private.complete_chunks, and the same order of locks.
create or replace function private.complete_one(
  p_chunk_id uuid,
  p_node_id uuid,
  p_attempt_token uuid,
  p_iterations numeric,
  p_result jsonb
)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job uuid;
  v_iterations integer;
begin
  select c.job_id into v_job
  from public.jobs_chunks as c
  inner join public.jobs as j on j.id = c.job_id
  where c.id = p_chunk_id for key share of j;

  perform set_config('loop.counted', 'on', true);
  update public.jobs_chunks as c
  set status = 'completed', completed_at = now(), result = p_result, error = null, lease_expires_at = null
  where c.id = p_chunk_id
    and case
      when c.status = 'running' and not c.must_check
        then c.node_id = p_node_id and c.attempt_token = p_attempt_token and c.iterations = p_iterations
    end
  returning c.iterations into v_iterations;
  perform set_config('loop.counted', 'off', true);
  if v_iterations is null then
    return null;
  end if;

  update public.jobs as j
  set completed_iterations = j.completed_iterations + v_iterations, status = 'running'
  where j.id = v_job and case when j.status in ('pending', 'running') then true end
    and j.completed_iterations::bigint + j.lost_iterations + v_iterations < j.total_iterations;
  if found then
    return false;
  end if;
  -- It is the last one, or the job has ended before.
  return v_job = any(private.move_jobs(array[v_job], array[v_iterations], array[0], array[true]));
end;
$$;

comment on function private.complete_one(uuid, uuid, uuid, numeric, jsonb) is
'Completes a chunk if it runs on that node in that attempt and its result counts at once; returns whether its job has
ended, or null, and does nothing, if it is otherwise.';

revoke all on function private.complete_one(uuid, uuid, uuid, numeric, jsonb)
from public, anon, authenticated, service_role;

-- What results mean beyond their chunks, for those marked at their assignment. A result that counts only once it is
-- confirmed is put aside, and its chunk stays running, without a node and for ever, until settle_checks has a verdict.
-- Nothing but the reported chunks is locked here, which they are already; verdicts need other locks.
create or replace function private.hear_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_results jsonb[],
  p_must_check boolean[]
)
returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_held_back uuid[];
  v_heard integer;
begin
  perform private.raise_quotas(
    array(select r.node_id from unnest(p_nodes, p_must_check) as r (node_id, must_check) where r.must_check)
  );

  insert into private.opinions (chunk_id, owner, node_id, result)
  select k.chunk_id, n.user_id, n.id, r.result
  from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
  inner join private.checks as k on k.copy_id = r.chunk_id
  inner join public.nodes as n on n.id = r.node_id
  where r.must_check
  on conflict do nothing;
  get diagnostics v_heard = row_count;

  -- Of what strangers computed: all where the job asks for it, and what new owners did.
  with strange as (
    select c.id, c.job_id, r.result, n.id as node_id, n.user_id as owner, j.replication
    from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
    inner join public.jobs_chunks as c on c.id = r.chunk_id
    inner join public.jobs as j on j.id = c.job_id
    inner join public.nodes as n on n.id = r.node_id
    where r.must_check and j.user_id <> n.user_id and c.pool ~ '^(spot|quorum):'
      and (j.replication = 'quorum' or not private.is_trusted(n.user_id))
  ),

  opened as (
    insert into private.checks (chunk_id, job_id, reason)
    select s.id, s.job_id, case s.replication when 'quorum' then 'quorum' else 'new owner' end from strange as s
    on conflict (chunk_id) do update set settled_at = null, verdict = null
  ),

  said as (
    insert into private.opinions (chunk_id, owner, node_id, result)
    select s.id, s.owner, s.node_id, s.result from strange as s
    on conflict (chunk_id, owner) do update set result = excluded.result, node_id = excluded.node_id, fresh = true
  )

  select array_agg(s.id) into v_held_back from strange as s;

  if v_held_back is not null then
    perform private.hold_back(v_held_back);
  end if;
  if v_held_back is not null or v_heard > 0 then
    perform pg_notify('pending_chunk', '');
  end if;
  return coalesce(v_held_back, '{}');
end;
$$;

comment on function private.hear_results(uuid[], uuid[], jsonb[], boolean[]) is
'Takes note of accepted results that have consequences; returns the chunks that must wait until theirs is confirmed.';

revoke all on function private.hear_results(uuid[], uuid[], jsonb[], boolean[])
from public, anon, authenticated, service_role;

-- n = n + delta under the row's own lock, so nothing is lost however many sessions change chunks of one job at once,
-- and the cost does not depend on the size of the job; only once both together reach the total does anybody read all of
-- its chunks. A job that has ended stays as it is.
create or replace function private.move_jobs(
  p_jobs uuid[],
  p_completed bigint[],
  p_lost bigint[],
  p_begun boolean[]
)
returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_moved bigint;
  v_over uuid[];
  v_examined uuid[];
begin
  -- Two statements that touch the same jobs lock them in the same order. Not `for update`: that would meet the lock
  -- which a foreign key takes on the job of a new chunk. And a `case`, because of a plain condition on the status the
  -- planner concludes, from statistics of a quiet hour, that reading all open jobs finds these fastest.
  if cardinality(p_jobs) > 1 then
    perform from unnest(p_jobs, p_completed, p_lost) as d (id, completed, lost)
    inner join public.jobs as j on j.id = d.id
    where j.id = any(p_jobs)
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
    order by j.id for no key update of j;
  end if;

  with moved as (
    update public.jobs as j
    set
      completed_iterations = j.completed_iterations + d.completed,
      lost_iterations = j.lost_iterations + d.lost,
      status = case when d.begun then 'running' else j.status end
    from unnest(p_jobs, p_completed, p_lost, p_begun) as d (id, completed, lost, begun)
    where j.id = any(p_jobs) and j.id = d.id
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
    returning
      j.id, j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations as over,
      j.replication in ('spot', 'quorum') as examined
  )
  select count(*), array_agg(m.id) filter (where m.over), array_agg(m.id) filter (where m.over and m.examined)
  into v_moved, v_over, v_examined
  from moved as m;

  -- What is odd is held back, and with it the job.
  if v_examined is not null then
    perform private.examine_jobs(v_examined);
  end if;

  -- A statement of its own, for a snapshot taken after the locks: it sees every chunk that was counted.
  if v_over is not null then
    perform private.finish_jobs(v_over);
  elsif v_moved = cardinality(p_jobs) then
    return '{}';
  end if;
  return array(select j.id from public.jobs as j where j.id = any(p_jobs) and j.status not in ('pending', 'running'));
end;
$$;

comment on function private.move_jobs(uuid[], bigint[], bigint[], boolean[]) is
'Adds to the iterations of jobs, each once, that are completed and that will not come, lets those that have begun run,
and ends those that are over; returns which of them have ended, now or before.';

revoke all on function private.move_jobs(uuid[], bigint[], bigint[], boolean[])
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
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  -- In steps, each computed once: what a subquery names is else computed anew wherever the name is used.
  with entry as materialized (
    select e.place, i.*
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral jsonb_to_record(case jsonb_typeof(e.entry) when 'object' then e.entry end)
      as i ("chunkId" text, "nodeId" text, "attemptToken" text, result jsonb)
  ),

  figures as materialized (
    select
      e.place, e.result,
      case when e."chunkId" like p.shape and e."chunkId" ~ p.digits then e."chunkId"::uuid end as chunk_id,
      case when e."nodeId" like p.shape and e."nodeId" ~ p.digits then e."nodeId"::uuid end as node_id,
      case when e."attemptToken" like p.shape and e."attemptToken" ~ p.digits then e."attemptToken"::uuid end as token,
      e."attemptToken" is not null as has_token,
      case jsonb_typeof(r."meanDps") when 'number' then r."meanDps"::numeric end as mean,
      case jsonb_typeof(r."stdDps") when 'number' then r."stdDps"::numeric end as std,
      case jsonb_typeof(r."minDps") when 'number' then r."minDps"::numeric end as lowest,
      case jsonb_typeof(r."maxDps") when 'number' then r."maxDps"::numeric end as highest,
      case jsonb_typeof(r.iterations) when 'number' then r.iterations::numeric end as iterations
    from entry as e
    cross join lateral jsonb_to_record(case jsonb_typeof(e.result) when 'object' then e.result end)
      as r ("meanDps" jsonb, "stdDps" jsonb, "minDps" jsonb, "maxDps" jsonb, iterations jsonb)
    -- Two patterns, because one that counts each group's digits takes four times as long.
    cross join (
      values ('________-____-____-____-____________', '^[0-9a-fA-F]+(-[0-9a-fA-F]+){4}$')
    ) as p (shape, digits)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    e.iterations,
    -- As it was sent, if it is nothing but these five: building it anew takes ten times as long.
    case
      when case when scale(e.iterations) = 0 and num_nulls(e.mean, e.std, e.lowest, e.highest) = 0
        then e.result - array['meanDps', 'stdDps', 'minDps', 'maxDps', 'iterations'] = '{}'
      end then e.result
      else jsonb_build_object(
        'meanDps', e.mean, 'stdDps', e.std, 'minDps', e.lowest, 'maxDps', e.highest,
        'iterations', trim_scale(e.iterations)
      )
    end,
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
  from figures as e
  order by e.place;
end;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its iterations, its result as it is kept, and the problem
that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;

-- Exposed, so it holds no privilege of its own; see private.complete_chunks. A body in SQL would be planned in each
-- call.
create or replace function public.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
set search_path = ''
as $$
begin
  return query select c.* from private.complete_chunks(p_results) as c;
end;
$$;

comment on function public.complete_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "result": {"meanDps", "stdDps", "minDps", "maxDps", "iterations"}}, …]
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job
has ended by now, in whatever way. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array.
For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

-- Whoever changes a chunk, the job follows; edge functions of the transition that write as service_role included.
create or replace trigger trg_job_progress after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.advance_jobs();

-- Chunks that are inserted when they are not pending any more; create_job makes none, so it pays for no rows kept.
create or replace trigger trg_job_progress_new after insert on public.jobs_chunks
for each row when (new.status <> 'pending') execute function private.advance_jobs();

-- Work that came back. One trigger cannot serve two events with transition tables; trg_pending_chunk does the inserts.
create or replace trigger trg_pending_chunk_again after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.notify_pending_chunk();
