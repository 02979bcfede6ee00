-- One at a time, in a transaction of its own, and waiting for nobody: verdicts lock jobs, chunks and owners in whatever
-- order they come.
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
    select distinct o.chunk_id from private.opinions as o where o.fresh limit 500
  loop
    v_count := v_count + private.settle_check(v_chunk)::integer;
  end loop;
  v_count := v_count + private.check_losers(1000);

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
      limit 500
    loop
      v_count := v_count + private.settle_check(v_chunk)::integer;
    end loop;
    perform private.examine_ended_jobs();
  end if;
  return v_count;
end;
$$;

comment on function private.settle_checks(boolean) is
'The body of public.settle_checks; with p_sweep it also looks after what came to nothing, and after jobs that ended.';

revoke all on function private.settle_checks(boolean) from public, anon, authenticated, service_role;
grant execute on function private.settle_checks(boolean) to service_role;
