create or replace function private.is_witness(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.owner_trust as t
    cross join private.settings as s
    where t.owner = p_owner and (t.appointed or t.valid >= s.witness_at)
      and (t.blocked_until is null or t.blocked_until <= now())
  );
$$;

comment on function private.is_witness(uuid) is 'May this owner''s nodes confirm what strangers computed?';

revoke all on function private.is_witness(uuid) from public, anon, authenticated, service_role;
