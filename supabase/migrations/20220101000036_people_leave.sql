-- Revision 0036, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0035' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0036', '0035', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- What a user owns goes with the user, or stays and names nobody; before, nobody with a job or a node could be deleted.
-- Jobs have no foreign key any more, see docs/decisions/0016: private.leave deletes them.
-- squawk-ignore ban-drop-constraint
alter table public.jobs drop constraint jobs_user_id_fkey;
-- Validated by the next revision, under a lock that lets everybody work.
-- squawk-ignore ban-drop-constraint
alter table public.nodes drop constraint nodes_user_id_fkey;
alter table public.nodes add constraint nodes_user_id_fkey
foreign key (user_id) references auth.users (id) on delete cascade not valid;
-- squawk-ignore ban-drop-constraint
alter table public.rotations_versions drop constraint rotations_versions_created_by_fkey;
alter table public.rotations_versions add constraint rotations_versions_created_by_fkey
foreign key (created_by) references auth.users (id) on delete set null not valid;
-- A fork outlives what it was forked from; before, the owner of the original could not delete it.
-- squawk-ignore ban-drop-constraint
alter table public.rotations drop constraint rotations_forked_from_id_fkey;
alter table public.rotations add constraint rotations_forked_from_id_fkey
foreign key (forked_from_id) references public.rotations (id) on delete set null not valid;
-- Others compute with the public ones.
-- squawk-ignore ban-drop-not-null
alter table public.rotations alter column user_id drop not null;

-- Totals of chunks that are there no more, because they were old, or their job, its owner or their node has gone.
create table private.past_chunks (
  completed_on date primary key,
  chunks bigint not null,
  iterations bigint not null
);
comment on table private.past_chunks is
'Completed chunks that were deleted since, by the day of their completion (UTC).';
alter table private.past_chunks enable row level security;
revoke all on table private.past_chunks from public, anon, authenticated, service_role;
create table private.past_nodes (
  completed_on date not null,
  node_id uuid not null,
  primary key (completed_on, node_id)
);
comment on table private.past_nodes is
'The nodes that had completed these, and nodes deleted since that completed a chunk.';
alter table private.past_nodes enable row level security;
revoke all on table private.past_nodes from public, anon, authenticated, service_role;

-- The same columns and the same name, so that everybody who reads or refreshes it goes on. It has data from now on: one
-- without cannot even be selected from.
-- squawk-ignore ban-drop-view
drop materialized view public.stats_daily_throughput;
create materialized view public.stats_daily_throughput as
with done as (
  select
    c.iterations,
    c.node_id,
    (c.completed_at at time zone 'utc')::date as completed_on
  from public.jobs_chunks as c
  where c.status = 'completed'
),

counted as (
  select
    d.completed_on,
    sum(d.chunks)::bigint as chunks,
    sum(d.iterations)::bigint as iterations
  from (
    select
      p.completed_on,
      count(*) as chunks,
      sum(p.iterations) as iterations
    from done as p
    group by p.completed_on
    union all
    select
      p.completed_on,
      p.chunks,
      p.iterations
    from private.past_chunks as p
  ) as d
  group by d.completed_on
),

seen as (
  select
    d.completed_on,
    count(*) as nodes
  from (
    select
      p.completed_on,
      p.node_id
    from done as p
    where p.node_id is not null
    union distinct
    select
      p.completed_on,
      p.node_id
    from private.past_nodes as p
  ) as d
  group by d.completed_on
)

select
  c.completed_on as day, -- noqa: RF04
  c.chunks,
  c.iterations,
  coalesce(s.nodes, 0) as nodes
from counted as c
left join seen as s on c.completed_on is not distinct from s.completed_on;
revoke all on table public.stats_daily_throughput from public, anon, authenticated, service_role;
grant select on table public.stats_daily_throughput to authenticated, service_role;
-- Refreshed concurrently ever since, which fails as long as there is no data.
refresh materialized view public.stats_rotations_by_spec;

delete from private.alembic_version where version_num = '0035';
insert into private.alembic_version (version_num) values ('0036');
