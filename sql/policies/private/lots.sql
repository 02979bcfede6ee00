-- Holds the secret by which lots are drawn: only the functions of the owner read it.
alter table private.lots enable row level security;

revoke all on table private.lots from public, anon, authenticated, service_role;
