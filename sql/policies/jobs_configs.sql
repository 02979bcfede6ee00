-- Every config is readable, because a node holds only the anon key and must fetch what it is to compute. Only
-- create_job writes. service_role still does because the edge functions of the transition do.
alter table public.jobs_configs enable row level security;

revoke all on table public.jobs_configs from public, anon, authenticated, service_role;
grant select on table public.jobs_configs to anon, authenticated;
grant select, insert, update, delete on table public.jobs_configs to service_role;

drop policy if exists jobs_configs_select on public.jobs_configs;
create policy jobs_configs_select on public.jobs_configs
for select to anon, authenticated using (true);
