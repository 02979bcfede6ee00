-- Only what changes: one that was too large before may be renamed.
create or replace trigger trg_check_script_again before update on public.rotations
for each row when (old.script is distinct from new.script) execute function private.check_script();
