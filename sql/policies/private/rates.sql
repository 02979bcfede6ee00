-- Written and read by functions of the owner's only.
alter table private.rates enable row level security;

revoke all on table private.rates from public, anon, authenticated, service_role;
