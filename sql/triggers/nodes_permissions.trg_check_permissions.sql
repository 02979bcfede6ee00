create or replace trigger trg_check_permissions after insert on public.nodes_permissions
referencing new table as new_permissions
for each statement execute function private.check_permissions();
