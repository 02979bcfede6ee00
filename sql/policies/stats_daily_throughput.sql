-- A materialized view knows no row level security. This one holds totals over everybody, for those who are signed in.
revoke all on table public.stats_daily_throughput from public, anon, authenticated, service_role;
grant select on table public.stats_daily_throughput to authenticated, service_role;
