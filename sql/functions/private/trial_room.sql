create or replace function private.trial_room(p_owner uuid)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_own integer := private.own_trial_room(p_owner);
begin
  return case when v_own = 0 then 0 else least(v_own, private.common_trial_room()) end;
end;
$$;

comment on function private.trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet?';

revoke all on function private.trial_room(uuid) from public, anon, authenticated, service_role;
