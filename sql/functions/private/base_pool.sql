-- Chunks whose result may be checked wait apart, in pools named after the usual ones: spot:public, quorum:public (and
-- copies that any owner may compute), witness:public (copies that a witness must compute).
create or replace function private.base_pool(p_pool text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select regexp_replace(p_pool, '^(spot|quorum|witness):', '');
$$;

comment on function private.base_pool(text) is 'The pool whose nodes may run a chunk, whatever becomes of its result.';

revoke all on function private.base_pool(text) from public, anon, authenticated, service_role;
