create or replace trigger trg_check_script before insert on public.rotations_versions
for each row when (pg_trigger_depth() = 0) execute function private.check_script();
