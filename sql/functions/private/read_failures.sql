-- All that can be said of reported failures without their chunks; every cast is guarded, and no entry sinks another.
create or replace function private.read_failures(p_failures jsonb, p_max_length integer)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  error text,
  handed_back boolean,
  problem text
)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with entry as materialized (
    select
      e.place,
      case when i.chunk like p.shape and i.chunk ~ p.digits then i.chunk::uuid end as chunk_id,
      case when i.node like p.shape and i.node ~ p.digits then i.node::uuid end as node_id,
      case when i.token like p.shape and i.token ~ p.digits then i.token::uuid end as token,
      i.token is not null as has_token,
      nullif(btrim(left(e.entry ->> 'error', p_max_length)), '') as error,
      coalesce(e.entry -> 'handedBack' = 'true', false) as handed_back
    from jsonb_array_elements(p_failures) with ordinality as e (entry, place)
    cross join lateral (
      select e.entry ->> 'chunkId' as chunk, e.entry ->> 'nodeId' as node, e.entry ->> 'attemptToken' as token
    ) as i
    -- Two patterns, because one that counts each group's digits takes four times as long.
    cross join (
      values ('________-____-____-____-____________', '^[0-9a-fA-F]+(-[0-9a-fA-F]+){4}$')
    ) as p (shape, digits)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    coalesce(e.error, 'the node gave no reason'),
    e.handed_back,
    case when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed' end
  from entry as e
  order by e.place;
end;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, whether
it was only handed back, and its problem.';

revoke all on function private.read_failures(jsonb, integer) from public, anon, authenticated, service_role;
