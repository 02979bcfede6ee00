-- Revision 0005, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0004' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0005', '0004', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- A job follows its chunks: progress, status, and on completion the result. Notifications once for each statement.

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

-- Whoever changes a chunk, the job follows; edge functions of the transition that write as service_role included.
create or replace trigger trg_job_progress after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement execute function private.advance_jobs();

-- A NOTIFY takes a global lock at commit and wakes the scheduler, so: one for each statement, without payload, and only
-- if there is something to assign. The scheduler reads what is pending from the table.
create or replace function private.notify_pending_chunk()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_pending boolean;
begin
  if tg_op = 'INSERT' then
    v_pending := exists (
      select from new_chunks as n where n.status = 'pending' and n.node_id is null
    );
  else
    v_pending := exists (
      select from new_chunks as n
      where n.status = 'pending' and n.node_id is null
        and not exists (
          select from old_chunks as o where o.id = n.id and o.status = 'pending' and o.node_id is null
        )
    );
  end if;
  if v_pending then
    perform pg_notify('pending_chunk', '');
  end if;
  return null;
end;
$$;

comment on function private.notify_pending_chunk() is
'Sends pending_chunk at most once for each statement that makes a chunk pending.';

revoke all on function private.notify_pending_chunk() from public, anon, authenticated, service_role;

-- New work. One trigger cannot serve two events with transition tables, so trg_pending_chunk_again does the updates.
create or replace trigger trg_pending_chunk after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement execute function private.notify_pending_chunk();

-- Work that came back. One trigger cannot serve two events with transition tables; trg_pending_chunk does the inserts.
create or replace trigger trg_pending_chunk_again after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement execute function private.notify_pending_chunk();

drop function public.notify_pending_chunk();

delete from private.alembic_version where version_num = '0004';
insert into private.alembic_version (version_num) values ('0005');
