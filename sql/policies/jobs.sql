-- Jobs are made by create_job and moved on by the chunks' triggers; their owner sees and deletes them.
-- service_role still writes because the edge functions of the transition do.
alter table public.jobs enable row level security;

revoke all on table public.jobs from public, anon, authenticated, service_role;
grant select, delete on table public.jobs to authenticated;
grant select, insert, update, delete on table public.jobs to service_role;

drop policy if exists jobs_select_own on public.jobs;
create policy jobs_select_own on public.jobs
for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists jobs_delete_own on public.jobs;
create policy jobs_delete_own on public.jobs
for delete to authenticated using (user_id = (select auth.uid()));
