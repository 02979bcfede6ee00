-- Thresholds and limits: their owner writes them, and the sentinel, as service_role, reads how often to do its chores.
-- No policy, because service_role bypasses row level security and nobody else has business here.
alter table private.settings enable row level security;

revoke all on table private.settings from public, anon, authenticated, service_role;
grant select on table private.settings to service_role;
