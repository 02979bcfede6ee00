create or replace function private.checked_pools(p_pools text[], p_witness boolean)
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(c.class || p.pool)
  from unnest(p_pools) as p (pool)
  cross join (values ('spot:', true), ('quorum:', true), ('witness:', p_witness)) as c (class, open)
  where c.open;
$$;

comment on function private.checked_pools(text[], boolean) is
'Where replicated chunks wait whose nodes draw on these pools, and, for witnesses, what only they may run.';

revoke all on function private.checked_pools(text[], boolean) from public, anon, authenticated, service_role;
