create or replace trigger trg_orderly_delete before delete on public.jobs
for each row execute function private.lock_chunks_of_job();
