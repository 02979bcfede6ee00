-- A config is its job's owner's to read. A node gets it with its chunk, or by attempt_inputs. Only create_job writes;
-- service_role still does because the edge functions of the transition do.
alter table public.jobs_configs enable row level security;

revoke all on table public.jobs_configs from public, anon, authenticated, service_role;
grant select on table public.jobs_configs to authenticated;
grant select, insert, update, delete on table public.jobs_configs to service_role;

drop policy if exists jobs_configs_select_of_own_jobs on public.jobs_configs;
create policy jobs_configs_select_of_own_jobs on public.jobs_configs
for select to authenticated using (
  hash in (
    select j.config_hash from public.jobs as j
    where j.user_id = (select auth.uid())
  )
);
