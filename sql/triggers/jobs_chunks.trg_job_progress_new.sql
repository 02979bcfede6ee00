-- Chunks that are inserted when they are not pending any more; create_job makes none.
create or replace trigger trg_job_progress_new after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement execute function private.advance_jobs();
