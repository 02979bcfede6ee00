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
