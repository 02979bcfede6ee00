-- What a user owns goes with the user, or stays and names nobody; before, nobody with a job or a node could be deleted.
-- Added without a check, then checked: the first needs a strong lock for a moment only, the second reads for long.
alter table public.jobs drop constraint jobs_user_id_fkey;
alter table public.jobs add constraint jobs_user_id_fkey
foreign key (user_id) references auth.users (id) on delete cascade not valid;
alter table public.jobs validate constraint jobs_user_id_fkey;
alter table public.nodes drop constraint nodes_user_id_fkey;
alter table public.nodes add constraint nodes_user_id_fkey
foreign key (user_id) references auth.users (id) on delete cascade not valid;
alter table public.nodes validate constraint nodes_user_id_fkey;
alter table public.rotations_versions drop constraint rotations_versions_created_by_fkey;
alter table public.rotations_versions add constraint rotations_versions_created_by_fkey
foreign key (created_by) references auth.users (id) on delete set null not valid;
alter table public.rotations_versions validate constraint rotations_versions_created_by_fkey;
-- A fork outlives what it was forked from; before, the owner of the original could not delete it.
alter table public.rotations drop constraint rotations_forked_from_id_fkey;
alter table public.rotations add constraint rotations_forked_from_id_fkey
foreign key (forked_from_id) references public.rotations (id) on delete set null not valid;
alter table public.rotations validate constraint rotations_forked_from_id_fkey;
-- Others compute with the public ones.
alter table public.rotations alter column user_id drop not null;

-- Totals of chunks that are there no more, because they were old, or their job, its owner or their node has gone.
create table private.past_chunks (
  day date primary key,
  chunks bigint not null,
  iterations bigint not null
);
comment on table private.past_chunks is 'Completed chunks that were deleted since, by the day of their completion (UTC).';
alter table private.past_chunks enable row level security;
revoke all on table private.past_chunks from public, anon, authenticated, service_role;
create table private.past_nodes (
  day date not null,
  node_id uuid not null,
  primary key (day, node_id)
);
comment on table private.past_nodes is 'The nodes that had completed these, and nodes deleted since that completed a chunk.';
alter table private.past_nodes enable row level security;
revoke all on table private.past_nodes from public, anon, authenticated, service_role;

-- The same columns and the same name, so that everybody who reads or refreshes it goes on. It has data from now on: one
-- without cannot even be selected from.
drop materialized view public.stats_daily_throughput;
create materialized view public.stats_daily_throughput as
with present as (
  select (c.completed_at at time zone 'utc')::date as day, count(*) as chunks, sum(c.iterations) as iterations
  from public.jobs_chunks as c
  where c.status = 'completed'
  group by 1
),

counted as (
  select d.day, sum(d.chunks)::bigint as chunks, sum(d.iterations)::bigint as iterations
  from (
    select p.day, p.chunks, p.iterations from present as p
    union all
    select p.day, p.chunks, p.iterations from private.past_chunks as p
  ) as d
  group by d.day
),

seen as (
  select d.day, count(*) as nodes
  from (
    select (c.completed_at at time zone 'utc')::date as day, c.node_id
    from public.jobs_chunks as c
    where c.status = 'completed' and c.node_id is not null
    union
    select p.day, p.node_id from private.past_nodes as p
  ) as d
  group by d.day
)

select c.day, c.chunks, c.iterations, coalesce(s.nodes, 0) as nodes
from counted as c
left join seen as s on s.day is not distinct from c.day;
revoke all on table public.stats_daily_throughput from public, anon, authenticated, service_role;
grant select on table public.stats_daily_throughput to authenticated, service_role;
-- Refreshed concurrently ever since, which fails as long as there is no data.
refresh materialized view public.stats_rotations_by_spec;
