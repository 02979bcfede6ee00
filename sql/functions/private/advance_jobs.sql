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
