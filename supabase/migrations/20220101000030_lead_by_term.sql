-- Revision 0030, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0029' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0030', '0029', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

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

create or replace function private.resign(p_term bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update private.leader as l set expires_at = '-infinity' where l.term = p_term;
  return found;
end;
$$;

comment on function private.resign(bigint) is
'Ends the lease of that term, so that another sentinel need not wait for it; whether it was still the term. For a
sentinel that stops.';

revoke all on function private.resign(bigint) from public, anon, authenticated, service_role;
grant execute on function private.resign(bigint) to service_role;

-- Arguments are evaluated first, so the writing is done before the term is looked at; and the term is held until the
-- transaction ends, so no other one begins between this look and the commit. Looked at before the writing, the term
-- would have to be held for as long as that takes: whoever is to lead next would wait for whatever a stopped leader's
-- last statement waits for.
create or replace function private.under_term(p_term bigint, p_written anyelement)
returns anyelement
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from private.leader as l where l.term = p_term and l.expires_at > clock_timestamp() for key share;
  if not found then
    perform private.refuse(
      409, 'term_over', format('term %s is over', p_term), 'Another sentinel leads, or the lease was not renewed in time.'
    );
  end if;
  return p_written;
end;
$$;

comment on function private.under_term(bigint, anyelement) is
'Gives p_written back if the leader''s term is p_term, and its lease not over; else everything that its statement has
written is rolled back. Error (code in DETAIL): term_over. For the leading sentinel.';

revoke all on function private.under_term(bigint, anyelement) from public, anon, authenticated, service_role;
grant execute on function private.under_term(bigint, anyelement) to service_role;

delete from private.alembic_version where version_num = '0029';
insert into private.alembic_version (version_num) values ('0030');
