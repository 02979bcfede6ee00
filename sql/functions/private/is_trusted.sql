create or replace function private.is_trusted(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.owner_trust as t
    cross join private.settings as s
    where t.owner = p_owner and (t.appointed or t.valid >= s.trusted_at)
      and (t.blocked_until is null or t.blocked_until <= now())
  );
$$;

comment on function private.is_trusted(uuid) is
'Are the results of this owner''s nodes believed, but for a few that are checked?';

revoke all on function private.is_trusted(uuid) from public, anon, authenticated, service_role;
