-- Chunks that go while their job is open must not leave it waiting for them.
create or replace trigger trg_job_progress_gone after delete on public.jobs_chunks
referencing old table as old_chunks
for each statement execute function private.advance_jobs();
