-- A materialized view knows no row level security. This one holds totals over public rotations only.
revoke all on table public.stats_rotations_by_spec from public, anon, authenticated, service_role;
grant select on table public.stats_rotations_by_spec to anon, authenticated, service_role;
