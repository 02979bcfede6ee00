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
