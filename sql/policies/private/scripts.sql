-- Reached through the functions that know who may read a script.
alter table private.scripts enable row level security;

revoke all on table private.scripts from public, anon, authenticated, service_role;
