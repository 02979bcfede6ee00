-- One free place is the usual case where nodes report as they finish, and plain statements begin faster than those that
-- could take many. The same turns as in private.assign_to_node, which does what this leaves: it finds nothing where all
-- that is next is in others' hands.
create or replace function private.assign_one(
  p_node public.nodes,
  p_shared_pools text[],
  p_own_pools text[],
  p_must_check boolean,
  p_lease interval
)
returns table (
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  job_id uuid,
  iterations integer,
  seed_offset integer,
  config_hash text,
  config jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_note text;
  v_after uuid := coalesce(p_node.last_user_id, '00000000-0000-0000-0000-000000000000');
  v_pool text;
  v_user uuid;
  v_pending boolean;
begin
  for v_lap in 0..1 loop
    select w.pool, w.user_id into v_pool, v_user
    from (
      select p.pool, c.user_id, c.seed_offset
      from unnest(p_shared_pools) as p (pool)
      cross join lateral (
        select c.user_id, c.seed_offset from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = p.pool and c.user_id > v_after
        order by c.user_id, c.seed_offset
        limit 1
      ) as c
      union all
      select o.pool, p_node.user_id, c.seed_offset
      from unnest(p_own_pools) as o (pool)
      cross join lateral (
        select c.seed_offset from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = o.pool and c.user_id = p_node.user_id
        order by c.seed_offset
        limit 1
      ) as c
      where p_node.user_id > v_after and o.pool <> all(p_shared_pools)
    ) as w
    order by w.user_id, w.seed_offset, w.pool
    limit 1;
    exit when found;
    v_after := '00000000-0000-0000-0000-000000000000';
  end loop;
  if v_user is null then
    return;
  end if;

  v_note := set_config('loop.counted', 'on', true);
  update public.jobs_chunks as c
  set
    status = 'running',
    node_id = p_node.id,
    claimed_at = now(),
    lease_expires_at = now() + p_lease,
    attempt_token = gen_random_uuid(),
    attempts = c.attempts + 1,
    must_check = p_must_check
  where c.id = (
    select c.id from public.jobs_chunks as c
    where c.status = 'pending' and c.node_id is null and c.pool = v_pool and c.user_id = v_user
      and (c.attempts = 0 or not private.better_elsewhere(c, p_node.id))
    order by c.seed_offset
    limit 1
    for no key update skip locked
  )
  returning
    c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash,
    (select g.config from public.jobs_configs as g where g.hash = c.config_hash),
    (select j.status = 'pending' from public.jobs as j where j.id = c.job_id)
  into chunk_id, node_id, attempt_token, job_id, iterations, seed_offset, config_hash, config, v_pending;
  v_note := set_config('loop.counted', 'off', true);
  if chunk_id is null then
    return;
  end if;

  -- Not waited for: whoever holds the job moves it on himself, or deletes it, and then its chunks go with it.
  if v_pending then
    perform from public.jobs as j where j.id = job_id and case j.status when 'pending' then true end
    for no key update skip locked;
    if found then
      update public.jobs as j set status = 'running' where j.id = job_id;
    end if;
  end if;
  if v_user is distinct from p_node.last_user_id then
    update public.nodes as n set last_user_id = v_user where n.id = p_node.id;
  end if;
  return next;
end;
$$;

comment on function private.assign_one(public.nodes, text[], text[], boolean, interval) is
'Assigns to a node, which is locked, the chunk that is next in these pools, if it can be had at once.';

revoke all on function private.assign_one(public.nodes, text[], text[], boolean, interval)
from public, anon, authenticated, service_role;
