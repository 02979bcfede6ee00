create or replace trigger trg_check_script before insert on public.rotations
for each row execute function private.check_script();
