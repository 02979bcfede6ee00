-- Limits may have been raised.
create or replace trigger trg_room after update on private.settings
for each statement execute function private.notify_room();
