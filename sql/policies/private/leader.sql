-- Read and written by the functions of sentinels only: no grant, and no policy.
alter table private.leader enable row level security;

revoke all on table private.leader from public, anon, authenticated, service_role;
