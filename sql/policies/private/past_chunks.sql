-- Written and read by functions of the owner's only.
alter table private.past_chunks enable row level security;

revoke all on table private.past_chunks from public, anon, authenticated, service_role;
