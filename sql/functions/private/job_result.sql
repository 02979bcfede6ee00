-- One definition of a job's result, for the trigger and for the repair. In numeric, where sums are exact in any order,
-- and rounded once at the end; values that a double could not hold, and whatever is no JSON number, are left out (old
-- data was never checked).
create or replace function private.job_result(p_job_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    with chunk as materialized (
      select
        c.iterations,
        case when jsonb_typeof(c.result -> 'meanDps') = 'number' then (c.result -> 'meanDps')::numeric end as mean,
        case when jsonb_typeof(c.result -> 'stdDps') = 'number' then (c.result -> 'stdDps')::numeric end as std,
        case when jsonb_typeof(c.result -> 'minDps') = 'number' then (c.result -> 'minDps')::numeric end as lowest,
        case when jsonb_typeof(c.result -> 'maxDps') = 'number' then (c.result -> 'maxDps')::numeric end as highest
      from public.jobs_chunks as c
      where c.job_id = p_job_id and c.status = 'completed'
    ),

    -- One that lacks a mean counts in no figure. The spread needs a mean and a deviation of the same chunks.
    total as (
      select
        count(*) as chunks,
        coalesce(sum(iterations), 0) as iterations,
        sum(iterations) filter (where abs(mean) < 1e300) as n,
        sum(iterations * mean) filter (where abs(mean) < 1e300) as s,
        min(lowest) filter (where abs(mean) < 1e300 and abs(lowest) < 1e300) as lowest,
        max(highest) filter (where abs(mean) < 1e300 and abs(highest) < 1e300) as highest,
        sum(iterations) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sn,
        sum(iterations * mean) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as ss,
        sum(iterations * (std * std + mean * mean)) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sq
      from chunk
    )

    select jsonb_build_object(
      'meanDps', private.round_significant(s / nullif(n, 0)),
      'stdDps', private.round_significant(sqrt(spread) / sn),
      'standardError', private.round_significant(sqrt(spread / sn) / sn),
      'minDps', lowest,
      'maxDps', highest,
      'totalIterations', iterations,
      'chunksCompleted', chunks
    )
    from total
    -- Variance within the chunks plus variance between their means, times the square of the iterations: what one run
    -- over all iterations would have given. Nothing is lost in the difference: products and sums of numerics are exact.
    cross join lateral (select case when sn > 0 then greatest(sn * sq - ss * ss, 0) end as spread) as spread
  );
end;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
their standardError (these three to 15 significant digits), minDps, maxDps, totalIterations, chunksCompleted. Figures
are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;
