create or replace trigger trg_left after delete on public.guilds_members
referencing old table as changed_members
for each statement execute function private.place_members_chunks();
