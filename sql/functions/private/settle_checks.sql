-- One at a time, in a transaction of its own, and waiting for nobody: verdicts lock jobs, chunks and owners in whatever
-- order they come. In small batches, because whoever reports on one of these jobs waits.
create or replace function private.settle_checks(p_sweep boolean)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_count integer := 0;
  v_chunk uuid;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('private.settle_checks', 0)) then
    return 0;
  end if;
  for v_chunk in
    select distinct o.chunk_id from private.opinions as o where o.fresh limit 100
  loop
    v_count := v_count + private.settle_check(v_chunk)::integer;
  end loop;
  v_count := v_count + private.check_losers(100);

  if p_sweep then
    -- Copies that came to nothing, and chunks that are gone.
    for v_chunk in
      select k.chunk_id from private.checks as k
      where k.settled_at is null and (
        k.copy_id is not null and not exists (
          select from public.jobs_chunks as c where c.id = k.copy_id and c.status in ('pending', 'running')
        )
        or not exists (
          select from public.jobs_chunks as c where c.id = k.chunk_id and c.status in ('running', 'completed')
        )
      )
      order by k.opened_at
      limit 100
    loop
      v_count := v_count + private.settle_check(v_chunk)::integer;
    end loop;
    perform private.examine_ended_jobs();
    perform private.examine_jobs(array(
      select j.id from public.jobs as j
      where j.replication = 'spot' and j.status in ('pending', 'running')
        and j.completed_iterations >= 500 * (select s.chunk_size from private.settings as s)
      limit 10 for no key update skip locked
    ));
  end if;
  return v_count;
end;
$$;

comment on function private.settle_checks(boolean) is
'The body of public.settle_checks; with p_sweep it also looks after what came to nothing, and after jobs that
ended, or are long under way.';

revoke all on function private.settle_checks(boolean) from public, anon, authenticated, service_role;
grant execute on function private.settle_checks(boolean) to service_role;
