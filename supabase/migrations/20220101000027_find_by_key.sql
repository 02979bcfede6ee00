-- Revision 0027, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0026' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0027', '0026', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Nobody asks for open jobs in the order of their creation any more; every claim asks for those of its node's owner.
-- One scan of jobs, while their writers wait and readers do not.
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_user_open on public.jobs (user_id) where status in ('pending', 'running');
-- After the scan, so what it locks out waits for a moment only.
-- squawk-ignore require-concurrent-index-deletion
drop index public.idx_jobs_open;

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
  -- which a foreign key takes on the job of a new chunk. And a `case`, because of a plain condition on the status the
  -- planner concludes, from statistics of a quiet hour, that reading all open jobs finds these fastest.
  if cardinality(v_jobs) > 1 then
    perform from unnest(v_jobs, v_completed, v_lost) as d (id, completed, lost)
    inner join public.jobs as j on j.id = d.id
    where j.id = any(v_jobs)
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
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
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
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

-- Schedulers take turns: a node's room is only known while nobody else fills it. Heartbeats and completions do not
-- wait. Run it at read committed (the default): each statement must see what the turn before has committed.
create or replace function private.assign_chunks(p_limit integer)
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
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_left integer := p_limit;
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_lease interval;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    with alive as materialized (
      select n.id from public.nodes as n where n.id = any(v_nodes) order by n.id for key share
    )

    select array_agg(p.chunk_id), array_agg(p.node_id)
    into v_chunks, v_nodes
    from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
    where p.node_id in (select n.id from alive as n);

    -- Found and locked by their keys alone, then looked at: with the status as a condition, statistics from when nothing
    -- waited make the planner read all that waits, once for every pair.
    with held as materialized (
      select c.id, p.node_id, c.status = 'pending' and c.node_id is null as waits
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      inner join public.jobs_chunks as c on c.id = p.chunk_id
      order by c.id for no key update of c skip locked
    )

    select array_agg(h.id), array_agg(h.node_id) into v_chunks, v_nodes from held as h where h.waits;
    exit when v_chunks is null;

    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = p.node_id,
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      where c.id = p.chunk_id
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    ),

    -- Once for each job, not for each chunk.
    configs as materialized (
      select g.hash, g.config from public.jobs_configs as g where g.hash in (select a.config_hash from assigned as a)
    )

    select a.*, g.config from assigned as a left join configs as g on g.hash = a.config_hash;

    v_left := v_left - cardinality(v_chunks);
  end loop;
end;
$$;

comment on function private.assign_chunks(integer) is 'The body of public.assign_chunks for all nodes.';

revoke all on function private.assign_chunks(integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer) to service_role;

-- Ends the jobs that have no chunk left to wait for. The counters have said when to look; what is true is read from the
-- chunks. Whoever changes a chunk of the job next waits for the job's lock, and then finds it ended. Call it with the
-- jobs locked, as a statement that begins after that.
create or replace function private.finish_jobs(p_jobs uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
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
      select o.id, o.total_iterations, c.*
      from public.jobs as o
      -- For each by its own, because of the length of the list the planner knows nothing, and might read all chunks.
      cross join lateral (
        select
          count(*) as chunks,
          count(*) filter (where c.status in ('pending', 'running')) as open,
          coalesce(sum(c.iterations) filter (where c.status = 'completed'), 0) as completed,
          count(*) filter (where c.status = 'failed') as failed,
          count(*) filter (where c.status = 'cancelled') as cancelled,
          (array_agg(c.error order by c.seed_offset, c.id) filter (where c.status = 'failed'))[1] as error
        from public.jobs_chunks as c
        where c.job_id = o.id
      ) as c
      where o.id = any(p_jobs) and c.open = 0
    ) as s
  ) as e
  where j.id = any(p_jobs) and j.id = e.id;
end;
$$;

comment on function private.finish_jobs(uuid[]) is
'Ends those of the jobs that have no chunk pending or running: failed if a chunk failed, completed if all iterations
are there, else cancelled or failed; with the aggregate of what was completed, and the reason.';

revoke all on function private.finish_jobs(uuid[]) from public, anon, authenticated, service_role;

-- One definition of a job's result, for the trigger and for the repair. In numeric, where sums are exact in any order;
-- values that a double could not hold, and whatever is no JSON number, are left out (old data was never checked).
create or replace function private.job_result(p_job_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
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
    cross join lateral (select sqrt(greatest(sn * sq - ss * ss, 0)) / nullif(sn, 0) as std) as spread
  );
end;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
their standardError, minDps, maxDps, totalIterations, chunksCompleted. Figures are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;

-- Which chunk could go where. A chunk waits in the pool of its job's access type; and beside that all chunks of a user,
-- in whatever pool, are a pool of their own for that user's nodes. In each pool the users take turns for the slots: one
-- chunk of every user before the second of any, and of one user's jobs the least advanced first, so neither a big job
-- nor many of them hold others up; who comes first of equal turns is drawn anew for each transaction. The least loaded
-- nodes' slots come first, and of equals the node's that was seen last: it is the one most surely alive. A chunk or a
-- slot that is offered twice keeps the offer that comes first.
-- Pools without a free node are not even read, so a wall of chunks there hides nobody, and of the others no more than
-- could come to pass; what that leaves out is for the next round.
create or replace function private.pair_chunks(p_limit integer)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with free_nodes as materialized (
    select n.id, n.user_id, n.last_seen_at, b.running, least(n.max_parallel, n.total_cores) as capacity
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and b.running < least(n.max_parallel, n.total_cores)
  ),

  members as materialized (
    select 'owner:' || n.user_id as pool, n.user_id as owner, n.id as node_id from free_nodes as n
    union
    select case p.access_type when 'public' then 'public' else p.access_type || ':' || p.target_id end, null, p.node_id
    from public.nodes_permissions as p
    inner join free_nodes as n on n.id = p.node_id
    where p.access_type in ('public', 'user', 'guild')
  ),

  -- Numbered, because whatever is sorted and joined by a number is much faster than by a text.
  pools as materialized (
    select
      m.pool, m.owner, row_number() over () as number, count(*) as nodes, sum(n.capacity) as capacity,
      sum(n.running) as running, least(p_limit, sum(n.capacity - n.running)::bigint) as room
    from members as m
    inner join free_nodes as n on n.id = m.node_id
    group by m.pool, m.owner
  ),

  waiting as materialized (
    select p.number, p.owner, p.room, p.pool, w.user_id
    from pools as p
    cross join lateral private.waiting_users(p.pool, null, p.room) as w
    where p.owner is null
    union all
    select p.number, p.owner, p.room, o.pool, p.owner
    from pools as p
    cross join lateral private.own_pools(p.owner) as o (pool)
    -- Limited, so that it is looked up: an `exists` the planner may turn into a join with all that waits anywhere.
    cross join lateral (
      select from public.jobs_chunks as c
      where c.status = 'pending' and c.node_id is null and c.pool = o.pool and c.user_id = p.owner
      limit 1
    ) as c
    where p.owner is not null
  ),

  -- Pool and place as one key: of two, the planner may join on the pool alone and filter the product.
  queue as materialized (
    select
      q.*, (q.number << 32) + row_number() over (partition by q.number order by q.turn, q.draw, q.chunk_id) as place
    from (
      select
        c.*, w.number, w.owner is not null as own,
        uuid_hash_extended(w.user_id, pg_current_xact_id()::text::bigint) as draw
      from waiting as w
      -- Twice a user's share of the limit, because others may not use theirs.
      cross join lateral (
        select c.id as chunk_id, c.job_id, row_number() over (order by c.seed_offset) as turn
        from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = w.pool and c.user_id = w.user_id
        order by c.seed_offset
        limit least(w.room, 1 + 2 * p_limit::bigint / (select count(distinct w.user_id) from waiting as w))
      ) as c
    ) as q
  ),

  -- With every node filled up to the same share of its capacity, that many chunks have a slot (and one for each node,
  -- because there are no parts of slots): no slot beyond is needed.
  levels as materialized (
    select p.pool, p.number, (least(q.chunks, p.room) + p.running + p.nodes) / p.capacity::float8 as level
    from pools as p
    inner join (select q.number, count(*) as chunks from queue as q group by q.number) as q on q.number = p.number
  ),

  slots as (
    select
      n.id as node_id, s.slot,
      (v.number << 32) + row_number() over (
        partition by v.number
        order by (n.running + s.slot)::float8 / n.capacity, n.last_seen_at desc, n.id, s.slot
      ) as place
    from free_nodes as n
    inner join members as m on m.node_id = n.id
    inner join levels as v on v.pool = m.pool
    cross join lateral generate_series(1, least(n.capacity, ceil(v.level * n.capacity)::bigint) - n.running) as s (slot)
  ),

  for_chunk as (
    select distinct on (q.chunk_id) q.chunk_id, q.job_id, q.turn, q.draw, s.node_id, s.slot
    from queue as q
    inner join slots as s on s.place = q.place
    order by q.chunk_id, q.turn, q.own desc
  ),

  for_slot as (
    select distinct on (f.node_id, f.slot) f.*
    from for_chunk as f
    order by f.node_id, f.slot, f.turn, f.draw, f.chunk_id
  )

  select f.chunk_id, f.node_id, f.job_id from for_slot as f order by f.turn, f.draw, f.chunk_id limit p_limit;
end;
$$;

comment on function private.pair_chunks(integer) is
'Up to p_limit pairs of a pending chunk and a node with room that may run it; each chunk once, no node overfilled.';

revoke all on function private.pair_chunks(integer) from public, anon, authenticated, service_role;

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
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with entry as materialized (
    select
      e.place,
      case when i.chunk like p.shape and i.chunk ~ p.digits then i.chunk::uuid end as chunk_id,
      case when i.node like p.shape and i.node ~ p.digits then i.node::uuid end as node_id,
      case when i.token like p.shape and i.token ~ p.digits then i.token::uuid end as token,
      i.token is not null as has_token,
      nullif(btrim(left(e.entry ->> 'error', p_max_length)), '') as error
    from jsonb_array_elements(p_failures) with ordinality as e (entry, place)
    cross join lateral (
      select e.entry ->> 'chunkId' as chunk, e.entry ->> 'nodeId' as node, e.entry ->> 'attemptToken' as token
    ) as i
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
    coalesce(e.error, 'the node gave no reason'),
    case when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed' end
  from entry as e
  order by e.place;
end;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, and its problem.';

revoke all on function private.read_failures(jsonb, integer) from public, anon, authenticated, service_role;

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
  with entry as materialized (
    select
      e.place,
      case when i.chunk like p.shape and i.chunk ~ p.digits then i.chunk::uuid end as chunk_id,
      case when i.node like p.shape and i.node ~ p.digits then i.node::uuid end as node_id,
      case when i.token like p.shape and i.token ~ p.digits then i.token::uuid end as token,
      i.token is not null as has_token,
      case when jsonb_typeof(r.r -> 'meanDps') = 'number' then (r.r -> 'meanDps')::numeric end as mean,
      case when jsonb_typeof(r.r -> 'stdDps') = 'number' then (r.r -> 'stdDps')::numeric end as std,
      case when jsonb_typeof(r.r -> 'minDps') = 'number' then (r.r -> 'minDps')::numeric end as lowest,
      case when jsonb_typeof(r.r -> 'maxDps') = 'number' then (r.r -> 'maxDps')::numeric end as highest,
      case when jsonb_typeof(r.r -> 'iterations') = 'number' then (r.r -> 'iterations')::numeric end as iterations
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral (select e.entry -> 'result') as r (r)
    cross join lateral (
      select e.entry ->> 'chunkId' as chunk, e.entry ->> 'nodeId' as node, e.entry ->> 'attemptToken' as token
    ) as i
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
end;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its numbers, and the problem that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;

delete from private.alembic_version where version_num = '0026';
insert into private.alembic_version (version_num) values ('0027');
