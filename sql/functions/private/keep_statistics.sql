-- Chunks go, what was computed stays computed: when the retention is over, when a job is deleted, when its owner
-- leaves.
create or replace function private.keep_statistics()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into private.past_chunks as p (completed_on, chunks, iterations)
  select (c.completed_at at time zone 'utc')::date, count(*), sum(c.iterations)
  from old_chunks as c
  where c.status = 'completed' and c.completed_at is not null
  group by 1
  order by 1
  on conflict (completed_on) do update
  set chunks = p.chunks + excluded.chunks, iterations = p.iterations + excluded.iterations;

  insert into private.past_nodes (completed_on, node_id)
  select distinct (c.completed_at at time zone 'utc')::date, c.node_id
  from old_chunks as c
  where c.status = 'completed' and c.completed_at is not null and c.node_id is not null
  order by 1, 2
  on conflict do nothing;
  return null;
end;
$$;

comment on function private.keep_statistics() is 'Adds completed chunks that are deleted to the totals of their days.';

revoke all on function private.keep_statistics() from public, anon, authenticated, service_role;
