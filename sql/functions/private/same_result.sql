-- All five figures, because a liar may bend any of them. The same program on two machines may sum in another order, so
-- equal means: but for rounding.
create or replace function private.same_result(p_one jsonb, p_other jsonb)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(bool_and(abs(f.one - f.other) <= s.equal_within * greatest(abs(f.one), abs(f.other))), false)
  from private.settings as s
  cross join lateral (
    select (p_one ->> n.name)::numeric as one, (p_other ->> n.name)::numeric as other
    from unnest(array['meanDps', 'stdDps', 'minDps', 'maxDps', 'iterations']) as n (name)
  ) as f
  where p_one is not null and p_other is not null;
$$;

comment on function private.same_result(jsonb, jsonb) is
'Are all figures of two results equal, up to settings.equal_within?';

revoke all on function private.same_result(jsonb, jsonb) from public, anon, authenticated, service_role;
