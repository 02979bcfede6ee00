create or replace trigger trg_orderly_delete before delete on public.nodes
for each row execute function private.lock_chunks_of_node();
