-- The attempt's token stays: a late result counts as long as nobody else has been given the chunk. What is locked is
-- being completed, renewed or reaped by somebody else, so it can wait for the next time.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with stale as (
    select c.id from public.jobs_chunks as c
    where c.status = 'running'
      and (
        c.node_id is null
        or coalesce(c.claimed_at, c.created_at) < (select now() - s.stale_after from private.settings as s)
      )
    order by c.id for no key update skip locked
  )
  update public.jobs_chunks as c
  set status = 'pending', node_id = null, claimed_at = null
  from stale as s
  where c.id = s.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;
