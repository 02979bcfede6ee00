create or replace trigger trg_chunks_go_too after delete on public.jobs
referencing old table as old_jobs
for each statement execute function private.remove_chunks_of_jobs();
