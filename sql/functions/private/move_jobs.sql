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
