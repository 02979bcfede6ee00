create or replace function private.is_blocked(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from private.owner_trust as t where t.owner = p_owner and t.blocked_until > now());
$$;

comment on function private.is_blocked(uuid) is
'Has this owner lost a dispute of late, so that nobody else''s chunks go there?';

revoke all on function private.is_blocked(uuid) from public, anon, authenticated, service_role;
