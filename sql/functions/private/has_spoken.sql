create or replace function private.has_spoken(p_copy_id uuid, p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.checks as k
    inner join private.opinions as o on o.chunk_id = k.chunk_id and o.owner = p_owner
    where k.copy_id = p_copy_id
  );
$$;

comment on function private.has_spoken(uuid, uuid) is
'Has this owner computed the chunk already that this one is a copy of?';

revoke all on function private.has_spoken(uuid, uuid) from public, anon, authenticated, service_role;
