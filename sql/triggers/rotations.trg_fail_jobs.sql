create or replace trigger trg_fail_jobs after delete on public.rotations
referencing old table as old_rotations
for each statement execute function private.fail_jobs_of_rotations();
