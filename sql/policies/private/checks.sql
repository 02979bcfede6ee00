-- Which results are checked is nobody's to know: only the functions of the owner read it.
alter table private.checks enable row level security;

revoke all on table private.checks from public, anon, authenticated, service_role;
