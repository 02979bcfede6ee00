-- Not for create_job, which has just made the job (and says loop.counted, as whoever else answers for what it writes).
create or replace trigger trg_jobs_are_there after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.keep_jobs_of_chunks();
