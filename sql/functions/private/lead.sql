-- A lease by the database's clock. Its holder renews it under the same term; once it is over, whoever comes first
-- begins the next term. A holder that does not name its term (it has lost its session) begins a new one at once. Nobody
-- waits here: while a write of the old term is being committed, the answer is that there is no new one yet.
-- The advisory lock is what sentinels without terms lead by. Shared, it keeps those from leading, but nobody else.
create or replace function private.lead(p_holder text, p_term bigint default null)
returns table (term bigint, holder text, seconds_left double precision, leads boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_lease interval;
begin
  select s.leader_lease into strict v_lease from private.settings as s;

  update private.leader as l
  set expires_at = clock_timestamp() + v_lease
  where l.term = p_term and l.holder = p_holder;
  if not found then
    perform from private.leader as l
    where l.expires_at < clock_timestamp() or l.holder = p_holder
    for update skip locked;
    if found and pg_try_advisory_lock_shared(hashtextextended('dbtools.sentinel', 0)) then
      update private.leader as l
      set term = l.term + 1, holder = p_holder, expires_at = clock_timestamp() + v_lease;
    end if;
  end if;

  return query
  select
    l.term, l.holder,
    case when l.expires_at > clock_timestamp() then extract(epoch from l.expires_at - clock_timestamp()) else 0 end
    ::double precision,
    coalesce(l.holder = p_holder, false)
  from private.leader as l;
end;
$$;

comment on function private.lead(text, bigint) is
'A sentinel renews its lease on leadership (p_term), or asks for it; answers which term it is, whose, for how many
seconds more, and whether that is the caller. For sentinels, each in a session of its own that it keeps.';

revoke all on function private.lead(text, bigint) from public, anon, authenticated, service_role;
grant execute on function private.lead(text, bigint) to service_role;
