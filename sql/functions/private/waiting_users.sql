-- Whose chunks wait in a pool, each user once, without reading the chunks between one user and the next: from the one
-- after p_after on, and round to p_after itself.
create or replace function private.waiting_users(p_pool text, p_after uuid, p_limit bigint)
returns table (user_id uuid, lap integer, seed_offset integer)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with recursive step (user_id, lap, seed_offset) as (
    select coalesce(p_after, '00000000-0000-0000-0000-000000000000'), 0, null::integer
    union all
    select n.*
    from step as s
    cross join lateral (
      (
        select c.user_id, s.lap, c.seed_offset
        from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = p_pool and c.user_id > s.user_id
        order by c.user_id, c.seed_offset
        limit 1
      )
      union all
      (
        select c.user_id, 1, c.seed_offset
        from public.jobs_chunks as c
        where s.lap = 0 and c.status = 'pending' and c.node_id is null and c.pool = p_pool
        order by c.user_id, c.seed_offset
        limit 1
      )
      limit 1
    ) as n
    where n.lap = 0 or n.user_id <= p_after
  )

  select s.user_id, s.lap, s.seed_offset from step as s where s.seed_offset is not null limit p_limit;
end;
$$;

comment on function private.waiting_users(text, uuid, bigint) is
'Up to p_limit of the users whose chunks wait in a pool, in the order of their ids, beginning after p_after; lap 1 is
from the start again. With each the least seed_offset of these chunks.';

revoke all on function private.waiting_users(text, uuid, bigint) from public, anon, authenticated, service_role;
