-- Work that came back. One trigger cannot serve two events with transition tables; trg_pending_chunk does the inserts.
create or replace trigger trg_pending_chunk_again after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.notify_pending_chunk();
