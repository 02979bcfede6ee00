create or replace trigger trg_statistics after delete on public.jobs_chunks
referencing old table as old_chunks
for each statement execute function private.keep_statistics();
