-- Names cost nothing, so new owners together hold a small share of what is replicated, and at least twenty chunks. It
-- reads all that runs: ask once, not for each owner.
create or replace function private.common_trial_room()
returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select greatest(
    floor(
      20 + (
        select s.new_owner_share * count(*) from public.jobs_chunks as c
        where c.status = 'running' and c.pool ~ '^(spot|quorum|witness):'
      ) - (
        select count(*) from private.checks as k where k.settled_at is null and k.reason = 'new owner'
      )
    ),
    0
  )::integer
  from private.settings as s;
$$;

comment on function private.common_trial_room() is
'How many replicated chunks more may owners hold together who are not trusted yet?';

revoke all on function private.common_trial_room() from public, anon, authenticated, service_role;
