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
set jit = off
as $$
declare
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
  v_over uuid[];
  v_examined uuid[];
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
    returning
      j.id, j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations as over,
      j.replication in ('spot', 'quorum') as examined
  )
  select array_agg(m.id), array_agg(m.id) filter (where m.examined) into v_over, v_examined from moved as m where m.over;

  -- What is odd is held back, and with it the job.
  if v_examined is not null then
    perform private.examine_jobs(v_examined);
  end if;

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
