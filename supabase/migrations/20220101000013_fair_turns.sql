-- Revision 0013, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0012' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0013', '0012', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Which chunk could go where. Who may run what is put as pools: every job draws on its owner's nodes, and by its access
-- type on one pool more; a node is in its owner's pool, and in one for each of its permissions. In each pool the chunks
-- queue in turn for the slots: one of every user before the second of any, and of a user's, one of every job before the
-- second of any, so neither a big job nor many of them hold others up. The least loaded nodes' slots come first, and of
-- equals the node's that was seen last: it is the one most surely alive. A chunk or a slot that is offered twice keeps
-- the offer that comes first.
-- Jobs without a free node are not even read, so a wall of them hides nobody, and of the others no more than could come
-- to pass; what that leaves out is for the next round.
create or replace function private.pair_chunks(p_limit integer, p_node_id uuid)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with free_nodes as materialized (
    select n.id, n.user_id, n.last_seen_at, b.running, least(n.max_parallel, n.total_cores) as capacity
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and (p_node_id is null or n.id = p_node_id)
      and b.running < least(n.max_parallel, n.total_cores)
  ),

  members as materialized (
    select 'owner:' || n.user_id as pool, n.id as node_id from free_nodes as n
    union
    select case p.access_type when 'public' then 'public' else p.access_type || ':' || p.target_id end, p.node_id
    from public.nodes_permissions as p
    inner join free_nodes as n on n.id = p.node_id
    where p.access_type in ('public', 'user', 'guild')
  ),

  pools as materialized (
    select
      m.pool, count(*) as nodes, sum(n.capacity) as capacity, sum(n.running) as running,
      least(p_limit, sum(n.capacity - n.running)) as room
    from members as m
    inner join free_nodes as n on n.id = m.node_id
    group by m.pool
  ),

  draws as materialized (
    select j.id as job_id, j.user_id, j.created_at, p.pool, p.room
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
    inner join pools as p on p.pool = a.pool
    where j.status in ('pending', 'running')
  ),

  ready as materialized (
    select j.job_id
    from (select distinct d.job_id from draws as d) as j
    cross join lateral (
      select from public.jobs_chunks as c
      where c.job_id = j.job_id and c.status = 'pending' and c.node_id is null
      limit 1
    ) as w
  ),

  -- The first chunks of jobs come before all second ones of the same user's, so a pool without room for the first one of
  -- a job has none for its others.
  heads as materialized (
    select
      r.*,
      row_number() over (partition by r.pool order by r.turn, r.created_at, r.job_id) as place
    from (
      select
        d.*,
        row_number() over (partition by d.pool, d.user_id order by d.created_at, d.job_id) as turn,
        count(*) over (partition by d.pool, d.user_id) as jobs
      from draws as d
      inner join ready as y on y.job_id = d.job_id
    ) as r
  ),

  -- Twice a job's share of the limit, because others may not use theirs. Read for each pool anew: that is cheaper than a
  -- join of two sets whose sizes the planner cannot know.
  turns as (
    select
      w.id as chunk_id, h.job_id, h.created_at, h.pool,
      row_number() over (partition by h.pool, h.user_id order by w.turn, h.created_at, h.job_id) as turn
    from heads as h
    cross join lateral (
      select c.id, row_number() over (order by c.seed_offset, c.id) as turn
      from public.jobs_chunks as c
      where c.job_id = h.job_id and c.status = 'pending' and c.node_id is null
      order by c.seed_offset, c.id
      limit least(h.room, 1 + 2 * p_limit::bigint / (h.jobs * (select count(distinct d.user_id) from draws as d)))
    ) as w
    where h.place <= h.room
  ),

  -- Pool and place as one key: of two, the planner may join on the pool alone and filter the product.
  queue as materialized (
    select
      t.*, t.pool || ' ' || row_number() over (partition by t.pool order by t.turn, t.created_at, t.job_id) as place
    from turns as t
  ),

  -- With every node filled up to the same share of its capacity, that many chunks have a slot (and one for each node,
  -- because there are no parts of slots): no slot beyond is needed.
  levels as materialized (
    select p.pool, (least(q.chunks, p.room) + p.running + p.nodes) / p.capacity::float8 as level
    from pools as p
    inner join (select t.pool, count(*) as chunks from queue as t group by t.pool) as q on q.pool = p.pool
  ),

  slots as (
    select
      n.id as node_id, s.slot,
      m.pool || ' ' || row_number() over (
        partition by m.pool
        order by (n.running + s.slot)::float8 / n.capacity, n.last_seen_at desc, n.id, s.slot
      ) as place
    from free_nodes as n
    inner join members as m on m.node_id = n.id
    inner join levels as v on v.pool = m.pool
    cross join lateral generate_series(1, least(n.capacity, ceil(v.level * n.capacity)::bigint) - n.running) as s (slot)
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

delete from private.alembic_version where version_num = '0012';
insert into private.alembic_version (version_num) values ('0013');
