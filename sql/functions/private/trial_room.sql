-- One chunk until the first result is confirmed, two until the fifth, then four, those that wait to be confirmed
-- included. Names cost nothing, so new owners together hold a small share of what is replicated, and at least twenty
-- chunks.
create or replace function private.trial_room(p_owner uuid)
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
    least(
      v_hold - (
        select count(*) from public.nodes as n
        inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'running'
        where n.user_id = p_owner and c.pool ~ '^(spot|quorum|witness):'
      ) - (
        select count(*) from private.opinions as o
        inner join private.checks as k on k.chunk_id = o.chunk_id
        where o.owner = p_owner and k.settled_at is null
      ),
      20 + (
        select s.new_owner_share * count(*) from public.jobs_chunks as c
        where c.status = 'running' and c.pool ~ '^(spot|quorum|witness):'
      ) - (
        select count(*) from private.checks as k where k.settled_at is null and k.reason = 'new owner'
      )
    ),
    0
  )
  from private.settings as s;
end;
$$;

comment on function private.trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet?';

revoke all on function private.trial_room(uuid) from public, anon, authenticated, service_role;
