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
