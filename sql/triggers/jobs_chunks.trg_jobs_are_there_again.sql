-- One trigger cannot serve two events with transition tables; trg_jobs_are_there does the inserts.
create or replace trigger trg_jobs_are_there_again after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.keep_jobs_of_chunks();
