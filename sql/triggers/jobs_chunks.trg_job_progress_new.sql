-- Chunks that are inserted when they are not pending any more; create_job makes none, so it pays for no rows kept.
create or replace trigger trg_job_progress_new after insert on public.jobs_chunks
for each row when (new.status <> 'pending') execute function private.advance_jobs();
