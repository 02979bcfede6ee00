-- Revision 0024, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0023' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0024', '0023', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- One call, and so one transaction, does one batch. A thousand made each minute's call too small for a fleet that has gone.
alter table private.settings alter column batch_size set default 10000;
update private.settings set batch_size = 10000 where batch_size = 1000;

-- One batch for each call. The attempt's token stays: a late result counts as long as nobody else has been given the
-- chunk. What is locked is being completed, renewed or reaped by somebody else, so it can wait for the next time; and
-- as this waits for no chunk, it need not lock them in order. A chunk that somebody runs by writing the table (an edge
-- function of the transition) has no lease; its claim counts instead.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_chunks uuid[];
begin
  select s.* into strict v_settings from private.settings as s;

  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.status = 'running' and c.attempts < v_settings.max_attempts
      and (
        c.node_id is null
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size for no key update skip locked
  );
  -- Those whose last attempt it was move their jobs. Whoever is deleting one of these waits for its chunks, so jobs that
  -- are being deleted are left alone.
  v_chunks := v_chunks || array(
    select c.id from public.jobs_chunks as c
    inner join public.jobs as j on j.id = c.job_id
    where c.status = 'running' and c.attempts >= v_settings.max_attempts
      and (
        c.node_id is null
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size - cardinality(v_chunks) for no key update of c skip locked for key share of j skip locked
  );
  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts then now() end,
    error = case
      when c.attempts >= v_settings.max_attempts then format('no answer from the node in attempt %s', c.attempts)
      else c.error
    end,
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  where c.id = any(v_chunks);
  return cardinality(v_chunks);
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;

-- Exposed, so it holds no privilege of its own; see private.reap_stale_chunks.
create or replace function public.reap_stale_chunks()
returns integer
language sql
set search_path = ''
as $$
  select private.reap_stale_chunks();
$$;

comment on function public.reap_stale_chunks() is
'Takes running chunks back whose lease is over, or whose node is gone: they are pending again, or failed after their
last attempt. Returns how many: settings.batch_size at the most, the next call takes the rest. For the sentinel and cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

delete from private.alembic_version where version_num = '0023';
insert into private.alembic_version (version_num) values ('0024');
