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
  -- In steps, each computed once: what a subquery names is else computed anew wherever the name is used.
  with entry as materialized (
    select e.place, i.*
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral jsonb_to_record(case jsonb_typeof(e.entry) when 'object' then e.entry end)
      as i ("chunkId" text, "nodeId" text, "attemptToken" text, result jsonb)
  ),

  figures as materialized (
    select
      e.place, e.result,
      case when e."chunkId" like p.shape and e."chunkId" ~ p.digits then e."chunkId"::uuid end as chunk_id,
      case when e."nodeId" like p.shape and e."nodeId" ~ p.digits then e."nodeId"::uuid end as node_id,
      case when e."attemptToken" like p.shape and e."attemptToken" ~ p.digits then e."attemptToken"::uuid end as token,
      e."attemptToken" is not null as has_token,
      case jsonb_typeof(r."meanDps") when 'number' then r."meanDps"::numeric end as mean,
      case jsonb_typeof(r."stdDps") when 'number' then r."stdDps"::numeric end as std,
      case jsonb_typeof(r."minDps") when 'number' then r."minDps"::numeric end as lowest,
      case jsonb_typeof(r."maxDps") when 'number' then r."maxDps"::numeric end as highest,
      case jsonb_typeof(r.iterations) when 'number' then r.iterations::numeric end as iterations
    from entry as e
    cross join lateral jsonb_to_record(case jsonb_typeof(e.result) when 'object' then e.result end)
      as r ("meanDps" jsonb, "stdDps" jsonb, "minDps" jsonb, "maxDps" jsonb, iterations jsonb)
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
    -- As it was sent, if it is nothing but these five: building it anew takes ten times as long.
    case
      when case when scale(e.iterations) = 0 and num_nulls(e.mean, e.std, e.lowest, e.highest) = 0
        then e.result - array['meanDps', 'stdDps', 'minDps', 'maxDps', 'iterations'] = '{}'
      end then e.result
      else jsonb_build_object(
        'meanDps', e.mean, 'stdDps', e.std, 'minDps', e.lowest, 'maxDps', e.highest,
        'iterations', trim_scale(e.iterations)
      )
    end,
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
  from figures as e
  order by e.place;
end;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its iterations, its result as it is kept, and the problem
that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;
