-- New work. One trigger cannot serve two events with transition tables, so trg_pending_chunk_again does the updates.
create or replace trigger trg_pending_chunk after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement execute function private.notify_pending_chunk();
