-- Absent, malformed and somebody else's look the same, so that nobody learns which private rotations exist.
-- The lock keeps the rotation from being deleted until the job that names it is there to be failed.
create or replace function private.check_rotation(p_config jsonb, p_user uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rotation text := lower(p_config ->> 'rotationId');
begin
  if v_rotation is null then
    return;
  end if;
  if v_rotation ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform from public.rotations as r
    where r.id = v_rotation::uuid and (r.is_public or r.user_id = p_user)
    for key share;
    if found then
      return;
    end if;
  end if;
  perform private.refuse(
    404, 'rotation_not_found', 'the rotation that the config names is not there',
    'Name a public rotation or one of your own by its id.'
  );
end;
$$;

comment on function private.check_rotation(jsonb, uuid) is
'Refuses a config whose rotationId is neither a public rotation nor the user''s own. Naming none is fine.';

revoke all on function private.check_rotation(jsonb, uuid) from public, anon, authenticated, service_role;
