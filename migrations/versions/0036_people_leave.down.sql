drop materialized view public.stats_daily_throughput;
create materialized view public.stats_daily_throughput as
select
  (completed_at at time zone 'utc')::date as day, -- noqa: RF04
  count(*) as chunks,
  sum(iterations) as iterations,
  count(distinct node_id) as nodes
from public.jobs_chunks
where status = 'completed'
group by ((completed_at at time zone 'utc')::date);
revoke all on table public.stats_daily_throughput from public, anon, authenticated, service_role;
grant select on table public.stats_daily_throughput to authenticated, service_role;
drop table private.past_nodes;
drop table private.past_chunks;
-- Those that stayed without an owner cannot be told from anybody's.
delete from public.rotations as r
where r.user_id is null;
alter table public.rotations alter column user_id set not null;
alter table public.rotations drop constraint rotations_forked_from_id_fkey;
alter table public.rotations add constraint rotations_forked_from_id_fkey
foreign key (forked_from_id) references public.rotations (id);
alter table public.rotations_versions drop constraint rotations_versions_created_by_fkey;
alter table public.rotations_versions add constraint rotations_versions_created_by_fkey
foreign key (created_by) references auth.users (id);
alter table public.nodes drop constraint nodes_user_id_fkey;
alter table public.nodes add constraint nodes_user_id_fkey foreign key (user_id) references auth.users (id);
delete from public.jobs as j
where not exists (
  select from auth.users as u
  where u.id = j.user_id
);
alter table public.jobs add constraint jobs_user_id_fkey foreign key (user_id) references auth.users (id);
