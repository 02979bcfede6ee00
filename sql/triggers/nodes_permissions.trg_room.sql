create or replace trigger trg_room after insert or update on public.nodes_permissions
for each statement execute function private.notify_room();
