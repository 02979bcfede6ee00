-- The failures of running chunks only: a failure that is reported twice counts once. A chunk that was claimed before
-- the node's last failure does not lengthen the back-off, or eight that fail together would be eight failures in a row.
-- A chunk that came to its end on several nodes, and nowhere else, was not their fault: they get back what it took.
-- Call it with the nodes and the chunks locked.
create or replace function private.lower_quotas(p_chunks uuid[], p_settings private.settings)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_blameless uuid[];
begin
  insert into private.chunk_failures (chunk_id, node_id)
  select c.id, c.node_id from public.jobs_chunks as c
  where c.id = any(p_chunks) and c.status = 'running' and c.node_id is not null
  order by c.id
  on conflict do nothing;

  update public.nodes as n
  set
    quota = q.quota,
    failed_at = now(),
    backoff_step = q.step,
    backoff_until = case
      when q.quota = 1
        then greatest(
          n.backoff_until,
          now() + least(p_settings.backoff_longest, p_settings.backoff_first * 2 ^ (q.step - 1))
        )
      else n.backoff_until
    end
  from (
    select
      m.id,
      greatest(least(m.quota, m.max_parallel, m.total_cores) >> least(f.failures, 20), 1) as quota,
      least(m.backoff_step + (f.latest > coalesce(m.failed_at, '-infinity'))::integer, 20) as step
    from (
      select c.node_id, count(*)::integer as failures, max(coalesce(c.claimed_at, now())) as latest
      from public.jobs_chunks as c
      where c.id = any(p_chunks) and c.status = 'running'
      group by c.node_id
    ) as f
    inner join public.nodes as m on m.id = f.node_id
  ) as q
  where n.id = q.id;

  -- What else it runs was given to it with a larger quota; a valid result of that raises the new one. Whatever is
  -- locked is passed over: waiting, with chunks locked, would be out of order.
  update public.jobs_chunks as c
  set must_check = true
  where c.id = any(array(
    select o.id from public.jobs_chunks as o
    where o.status = 'running' and not o.must_check and o.node_id in (
      select r.node_id from public.jobs_chunks as r where r.id = any(p_chunks) and r.status = 'running'
    )
    for no key update skip locked
  ));

  v_blameless := array(
    select f.node_id
    from public.jobs_chunks as c
    inner join private.chunk_failures as f on f.chunk_id = c.id
    where c.id = any(p_chunks) and c.status = 'running' and c.attempts >= p_settings.max_attempts
      and (select count(*) from private.chunk_failures as o where o.chunk_id = c.id) > 1
  );
  if v_blameless <> '{}' then
    perform private.raise_quotas(v_blameless);
  end if;
end;
$$;

comment on function private.lower_quotas(uuid[], private.settings) is
'Halves the quota of the nodes that run these chunks, for each of them, notes that they failed them, and leaves a node
that fails with a quota of one alone for a while.';

revoke all on function private.lower_quotas(uuid[], private.settings) from public, anon, authenticated, service_role;
