-- All that can be said of reported results without their chunks. Nothing here may fail on what a node sent: one entry's
-- bad id or number must not sink the batch, so every cast is guarded. JSON has no NaN and no Infinity, and as text
-- ("NaN") they are no numbers.
create or replace function private.read_results(p_results jsonb)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  iterations numeric,
  result jsonb,
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
      case when jsonb_typeof(r.r -> 'meanDps') = 'number' then (r.r -> 'meanDps')::numeric end as mean,
      case when jsonb_typeof(r.r -> 'stdDps') = 'number' then (r.r -> 'stdDps')::numeric end as std,
      case when jsonb_typeof(r.r -> 'minDps') = 'number' then (r.r -> 'minDps')::numeric end as lowest,
      case when jsonb_typeof(r.r -> 'maxDps') = 'number' then (r.r -> 'maxDps')::numeric end as highest,
      case when jsonb_typeof(r.r -> 'iterations') = 'number' then (r.r -> 'iterations')::numeric end as iterations
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral (select e.entry -> 'result') as r (r)
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
    e.iterations,
    jsonb_build_object('meanDps', e.mean, 'stdDps', e.std, 'minDps', e.lowest, 'maxDps', e.highest),
    case
      when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed'
      when num_nulls(e.mean, e.std, e.lowest, e.highest, e.iterations) > 0 then 'result_not_numeric'
      when greatest(abs(e.mean), abs(e.std), abs(e.lowest), abs(e.highest)) >= 1e300
        or greatest(scale(e.mean), scale(e.std), scale(e.lowest), scale(e.highest)) > 400 then 'result_out_of_range'
      when e.std < 0 then 'std_negative'
      -- A mean of equal values, summed in doubles, may come out beside them by a rounding error.
      when e.mean < e.lowest - abs(e.lowest) * 1e-9 or e.mean > e.highest + abs(e.highest) * 1e-9
        or e.lowest > e.highest then 'mean_outside_range'
    end
  from entry as e
  order by e.place;
end;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its numbers, and the problem that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;
