-- What others computed is nobody's to read before the verdict: only the functions of the owner read it.
alter table private.opinions enable row level security;

revoke all on table private.opinions from public, anon, authenticated, service_role;
