-- One chunk until the first result is confirmed, two until the fifth, then four, those that wait to be confirmed
-- included.
create or replace function private.own_trial_room(p_owner uuid)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_valid integer := coalesce((select t.valid from private.owner_trust as t where t.owner = p_owner), 0);
  v_hold integer := case when v_valid = 0 then 1 when v_valid < 5 then 2 else 4 end;
begin
  if private.is_blocked(p_owner) then
    return 0;
  end if;
  return greatest(
    v_hold - (
      select count(*) from public.nodes as n
      inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'running'
      where n.user_id = p_owner and c.pool ~ '^(spot|quorum|witness):'
    ) - (
      -- Not joined, or all open checks look like the shorter way: who is new has given few opinions.
      select count(*) from private.opinions as o
      where o.owner = p_owner
        and (select k.settled_at is null from private.checks as k where k.chunk_id = o.chunk_id)
    ),
    0
  );
end;
$$;

comment on function private.own_trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet, whatever other new owners hold?';

revoke all on function private.own_trial_room(uuid) from public, anon, authenticated, service_role;
