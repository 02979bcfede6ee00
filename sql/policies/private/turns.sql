-- Whose turn is next is the scheduler's alone: only the functions of the owner read it.
alter table private.turns enable row level security;

revoke all on table private.turns from public, anon, authenticated, service_role;
