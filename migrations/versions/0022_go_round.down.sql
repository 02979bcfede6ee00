drop function private.assign_to_node(uuid, integer);
drop function private.assign_chunks(integer);
drop function private.pair_chunks(integer);
drop function private.waiting_users(text, uuid, bigint);
drop function private.own_pools(uuid);
alter table public.nodes drop column last_user_id;
create index idx_jobs_chunks_pending on public.jobs_chunks (job_id, seed_offset) where status = 'pending';
drop index public.idx_jobs_chunks_waiting;

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

-- Schedulers take turns: a node's room is only known while nobody else fills it. Heartbeats and completions do not
-- wait. Run it at read committed (the default): each statement must see what the turn before has committed.
create or replace function private.assign_chunks(p_limit integer, p_node_id uuid)
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
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_left integer := coalesce(p_limit, 100);
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_free uuid[];
  v_lease interval;
  v_count integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select
      array_agg(p.chunk_id order by p.chunk_id), array_agg(p.node_id order by p.chunk_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left, p_node_id) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    perform from public.nodes as n where n.id = any(v_nodes) order by n.id for key share;
    v_free := array(
      select c.id from public.jobs_chunks as c
      where c.id = any(v_chunks) and c.status = 'pending' and c.node_id is null
      order by c.id for no key update skip locked
    );

    -- A chunk's node stands where the chunk does: found by binary search, since for a join with arrays the planner does
    -- not know how long they are, and may take quadratic time. In a sub-select, the array is unpacked once.
    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = v_nodes[width_bucket(c.id, (select v_chunks || '{}'))],
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      where c.id = any(v_free)
        and exists (
          select from public.nodes as n where n.id = v_nodes[width_bucket(c.id, (select v_chunks || '{}'))]
        )
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    )

    select a.id, a.node_id, a.attempt_token, a.job_id, a.iterations, a.seed_offset, a.config_hash, g.config
    from assigned as a
    inner join public.jobs_configs as g on g.hash = a.config_hash;

    get diagnostics v_count = row_count;
    exit when v_count = 0;
    v_left := v_left - v_count;
  end loop;
end;
$$;

comment on function private.assign_chunks(integer, uuid) is 'The body of public.assign_chunks.';

revoke all on function private.assign_chunks(integer, uuid) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer, uuid) to service_role;

-- Exposed, so it holds no privilege of its own; see private.assign_chunks.
create or replace function public.assign_chunks(p_limit integer default 100, p_node_id uuid default null)
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
language sql
set search_path = ''
as $$
  select a.* from private.assign_chunks(p_limit, p_node_id) as a;
$$;

comment on function public.assign_chunks(integer, uuid) is
'Gives up to p_limit pending chunks to nodes that are online, may run them and have room, or to one node only, and
returns each with its node, the token of this attempt and what the node needs to start. For the scheduler.';

revoke all on function public.assign_chunks(integer, uuid) from public, anon, authenticated, service_role;
grant execute on function public.assign_chunks(integer, uuid) to service_role;
