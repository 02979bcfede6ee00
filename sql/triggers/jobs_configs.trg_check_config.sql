create or replace trigger trg_check_config before insert or update of config on public.jobs_configs
for each row execute function private.check_stored_config();
