-- One grouped statement over the chunks of the jobs, only here: what trusted owners computed costs nothing before. The
-- chunks of a job are draws of one figure. The test is held against their median, which a few liars do not move; who
-- fails it is checked, not punished. Equal figures under different seeds come from a program that ignores the seed if
-- most chunks have them, else from an owner who computes nothing. The lot is drawn now, when the results are in, and
-- the same for a chunk however often it is drawn.
create or replace function private.examine_jobs(p_jobs uuid[])
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_odd uuid[];
  v_lot uuid[];
begin
  select array_agg(e.id) filter (where e.odd), array_agg(e.id) filter (where e.drawn and not e.odd)
  into v_odd, v_lot
  from (
    select
      c.id,
      r.chunks >= 4 and (
        abs(c.mean - r.mean) > s.odd_at * r.std * sqrt(1 / c.iterations::float8 + 1.6 / r.iterations)
        or r.std > 0 and 2 * count(*) over (partition by c.job_id, c.mean, c.std, c.lowest, c.highest) <= r.chunks
        and count(*) over (partition by c.job_id, c.mean, c.std, c.lowest, c.highest) > 1
      ) as odd,
      c.replication = 'spot'
      and hashtextextended(c.id::text || c.token, l.secret)::numeric / 18446744073709551616 + 0.5
        < greatest(s.spot_floor, 1 / greatest(c.valid, 1)::float8 * (not c.appointed)::integer) as drawn
    from (
      select
        c.id, c.job_id, c.iterations, c.attempt_token::text as token, j.replication, n.user_id <> j.user_id as strange,
        (c.result ->> 'meanDps')::float8 as mean, (c.result ->> 'stdDps')::float8 as std,
        (c.result ->> 'minDps')::float8 as lowest, (c.result ->> 'maxDps')::float8 as highest,
        coalesce(t.valid, 0) as valid, coalesce(t.appointed, false) as appointed
      from public.jobs as j
      cross join lateral (
        select * from public.jobs_chunks as c
        where c.job_id = j.id and c.status = 'completed' and c.result ? 'iterations'
      ) as c
      inner join public.nodes as n on n.id = c.node_id
      left join private.owner_trust as t on t.owner = n.user_id
      where j.id = any(p_jobs)
    ) as c
    inner join (
      select
        c.job_id, count(*) as chunks, sum(c.iterations)::float8 as iterations,
        percentile_cont(0.5) within group (order by (c.result ->> 'meanDps')::float8) as mean,
        percentile_cont(0.5) within group (order by (c.result ->> 'stdDps')::float8) as std
      from public.jobs_chunks as c
      where c.job_id = any(p_jobs) and c.status = 'completed' and c.result ? 'iterations'
      group by c.job_id
    ) as r on r.job_id = c.job_id
    cross join private.settings as s
    cross join private.lots as l
    where c.strange
  ) as e
  where e.odd or e.drawn;

  -- Whose chunks somebody is at work with are let be.
  v_odd := array(select c.id from public.jobs_chunks as c where c.id = any(v_odd) for no key update skip locked);
  v_lot := array(select c.id from public.jobs_chunks as c where c.id = any(v_lot) for no key update skip locked);
  return private.open_checks(v_odd, 'odd', true) + private.open_checks(v_lot, 'lot', false);
end;
$$;

comment on function private.examine_jobs(uuid[]) is
'The free test over the completed chunks of these jobs, and the lot of those that ask for it; returns how many checks it
opened. Call it with the jobs locked.';

revoke all on function private.examine_jobs(uuid[]) from public, anon, authenticated, service_role;
