-- Looking and then adding is only safe while no other call for the same user does the same: a request id, a number of
-- open jobs. What looks afterwards must be a statement of its own.
create or replace function private.lock_user(p_user uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('private.lock_user:' || p_user, 0));
end;
$$;

comment on function private.lock_user(uuid) is
'Lets the calls that add jobs for a user pass one after the other, until the end of the transaction.';

revoke all on function private.lock_user(uuid) from public, anon, authenticated, service_role;
