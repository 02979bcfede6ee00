-- Written by verdicts, and by the operator as its owner; nobody else reads it.
alter table private.owner_trust enable row level security;

revoke all on table private.owner_trust from public, anon, authenticated, service_role;
