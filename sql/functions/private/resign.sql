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
