alter table private.settings
drop column trusted_at,
drop column witness_at,
drop column spot_floor,
drop column new_owner_share,
drop column max_opinions,
drop column audit_size,
drop column losses_lapse_at,
drop column odd_at,
drop column equal_within;
drop table private.lots, private.opinions, private.checks, private.owner_trust;
-- What waits to be confirmed is computed again, and the copies go.
delete from public.jobs
where replication = 'copy';
update public.jobs_chunks
set status = 'pending', lease_expires_at = null
where status = 'running' and lease_expires_at = 'infinity';
update public.jobs_chunks
set pool = regexp_replace(pool, '^(spot|quorum):', '')
where status in ('pending', 'running') and pool ~ '^(spot|quorum):';
drop index public.idx_jobs_replicated, public.idx_jobs_copies;
alter table public.jobs
drop column replication,
drop column corrected_at,
alter column user_id set not null;
