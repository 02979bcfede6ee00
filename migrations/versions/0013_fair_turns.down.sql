-- Which chunk could go where. Who may run what is put as pools: every job draws on its owner's nodes, and by its access
-- type on one pool more; a node is in its owner's pool, and in one for each of its permissions. In each pool the chunks
-- queue in turn (one of every job before the second of any, so a big job does not hold up a small one) for the slots,
-- the least loaded nodes' first. A chunk or a slot that is offered twice keeps the offer that comes first.
-- Jobs without a free node are not even read, so a wall of them hides nobody.
create or replace function private.pair_chunks(p_limit integer, p_node_id uuid)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with free_nodes as materialized (
    select n.id, n.user_id, b.running, least(n.max_parallel, n.total_cores) as capacity
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and (p_node_id is null or n.id = p_node_id)
      and b.running < least(n.max_parallel, n.total_cores)
  ),

  pools as materialized (
    select 'owner:' || n.user_id as pool, n.id as node_id from free_nodes as n
    union
    select case p.access_type when 'public' then 'public' else p.access_type || ':' || p.target_id end, p.node_id
    from public.nodes_permissions as p
    inner join free_nodes as n on n.id = p.node_id
    where p.access_type in ('public', 'user', 'guild')
  ),

  draws as materialized (
    select j.id as job_id, j.created_at, a.pool
    from public.jobs as j
    cross join lateral (
      values
      ('owner:' || j.user_id),
      (
        case j.access_type
          when 'public' then 'public'
          when 'user' then 'user:' || j.user_id
          when 'discord' then 'guild:' || j.discord_server_id
        end
      )
    ) as a (pool)
    where j.status in ('pending', 'running') and a.pool in (select p.pool from pools as p)
  ),

  waiting as materialized (
    select j.job_id, w.id as chunk_id, row_number() over (partition by j.job_id order by w.seed_offset, w.id) as turn
    from (select distinct d.job_id from draws as d) as j
    cross join lateral (
      select c.id, c.seed_offset from public.jobs_chunks as c
      where c.job_id = j.job_id and c.status = 'pending' and c.node_id is null
      order by c.seed_offset, c.id
      limit p_limit
    ) as w
  ),

  -- Pool and place as one key: of two, the planner may join on the pool alone and filter the product.
  queue as (
    select
      w.chunk_id, w.job_id, w.turn, d.created_at, d.pool,
      d.pool || ' ' || row_number() over (partition by d.pool order by w.turn, d.created_at, w.job_id) as place
    from waiting as w
    inner join draws as d on d.job_id = w.job_id
  ),

  slots as (
    select
      n.id as node_id, s.slot,
      p.pool || ' ' || row_number() over (
        partition by p.pool order by (n.running + s.slot)::float8 / n.capacity, n.id, s.slot
      ) as place
    from free_nodes as n
    cross join lateral generate_series(1, least(n.capacity - n.running, p_limit)) as s (slot)
    inner join pools as p on p.node_id = n.id
  ),

  offers as (
    select
      q.chunk_id, q.job_id, s.node_id, s.slot,
      row_number() over (order by q.turn, q.created_at, q.job_id, q.pool not like 'owner:%') as priority
    from queue as q
    inner join slots as s on s.place = q.place
  ),

  for_chunk as (
    select distinct on (o.chunk_id) o.* from offers as o order by o.chunk_id, o.priority
  ),

  for_slot as (
    select distinct on (f.node_id, f.slot) f.* from for_chunk as f order by f.node_id, f.slot, f.priority
  )

  select f.chunk_id, f.node_id, f.job_id from for_slot as f order by f.priority limit p_limit;
$$;

comment on function private.pair_chunks(integer, uuid) is
'Up to p_limit pairs of a pending chunk and a node with room that may run it; each chunk once, no node overfilled.';

revoke all on function private.pair_chunks(integer, uuid) from public, anon, authenticated, service_role;
