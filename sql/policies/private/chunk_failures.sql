-- The functions of the scheduler write and read it; nobody else has business here.
alter table private.chunk_failures enable row level security;

revoke all on table private.chunk_failures from public, anon, authenticated, service_role;
