-- The job keeps its result, and is marked, so that nobody looks for its chunks again.
create or replace function private.remove_old_chunks(p_retention interval, p_batch_size integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_chunks uuid[];
  v_emptied integer;
  v_count integer := 0;
begin
  loop
    v_jobs := array(
      select j.id from public.jobs as j
      where j.chunks_removed_at is null and j.status in ('completed', 'failed', 'cancelled')
        and coalesce(j.completed_at, j.created_at) < now() - p_retention
      order by coalesce(j.completed_at, j.created_at), j.id
      limit p_batch_size for no key update skip locked
    );
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.job_id = any(v_jobs) limit p_batch_size for update skip locked
    );
    delete from public.jobs_chunks as c where c.id = any(v_chunks);
    v_count := v_count + cardinality(v_chunks);

    update public.jobs as j
    set chunks_removed_at = now()
    where j.id = any(v_jobs) and not exists (select from public.jobs_chunks as c where c.job_id = j.id);
    get diagnostics v_emptied = row_count;
    exit when v_chunks = '{}' and v_emptied = 0;
  end loop;
  return v_count;
end;
$$;

comment on function private.remove_old_chunks(interval, integer) is
'Deletes the chunks of jobs that ended longer ago than that; returns how many.';

revoke all on function private.remove_old_chunks(interval, integer) from public, anon, authenticated, service_role;
