create or replace trigger trg_joined after insert on public.guilds_members
referencing new table as changed_members
for each statement execute function private.place_members_chunks();
