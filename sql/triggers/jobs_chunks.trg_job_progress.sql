-- Whoever changes a chunk, the job follows; edge functions of the transition that write as service_role included.
create or replace trigger trg_job_progress after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.advance_jobs();
