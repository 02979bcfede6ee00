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

-- For a chunk whose turn came to a node that failed it, or whose owner computed it before. The least loaded other one
-- with room; none waits for its lock. One that is left alone for its failures takes its owner's, as in
-- private.pair_chunks, where the owner has no other.
create or replace function private.node_for_chunk(p_chunk_id uuid)
returns public.nodes
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_chunk public.jobs_chunks;
  v_node public.nodes;
  v_found public.nodes;
  v_replicated boolean;
  v_common integer;
begin
  select c.* into strict v_chunk from public.jobs_chunks as c where c.id = p_chunk_id;
  v_replicated := private.base_pool(v_chunk.pool) <> v_chunk.pool;
  for v_node in
    select n.*
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and b.running < least(n.max_parallel, n.total_cores, n.quota)
      and (
        n.backoff_until is null or n.backoff_until <= now()
        or n.user_id = v_chunk.user_id and not private.has_another_node(n)
      )
    order by b.running::float8 / least(n.max_parallel, n.total_cores, n.quota), n.last_seen_at desc
  loop
    -- One after the other: all of this takes longer than to be first in the line.
    continue when not private.may_run(v_node.id, v_node.user_id, v_chunk.pool, v_chunk.user_id)
      or private.failed_by(v_chunk.id, v_chunk.last_node_id, v_node.id)
      or private.has_spoken(v_chunk.id, v_node.user_id);
    if v_replicated and v_node.user_id <> v_chunk.user_id and not private.is_trusted(v_node.user_id) then
      v_common := coalesce(v_common, private.common_trial_room());
      continue when v_common = 0 or private.own_trial_room(v_node.user_id) = 0;
    end if;
    select n.* into v_found from public.nodes as n where n.id = v_node.id for key share skip locked;
    if found then
      return v_found;
    end if;
  end loop;
  return null;
end;
$$;

comment on function private.node_for_chunk(uuid) is
'A node with room that may run the chunk and has not failed it, locked against its deletion; null where there is none.';

revoke all on function private.node_for_chunk(uuid) from public, anon, authenticated, service_role;

-- One chunk until the first result is confirmed, two until the fifth, then four, those that wait to be confirmed
-- included.
create or replace function private.own_trial_room(p_owner uuid)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_valid integer := coalesce((select t.valid from private.owner_trust as t where t.owner = p_owner), 0);
  v_hold integer := case when v_valid = 0 then 1 when v_valid < 5 then 2 else 4 end;
begin
  if private.is_blocked(p_owner) then
    return 0;
  end if;
  return greatest(
    v_hold - (
      select count(*) from public.nodes as n
      inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'running'
      where n.user_id = p_owner and c.pool ~ '^(spot|quorum|witness):'
    ) - (
      -- Not joined, or all open checks look like the shorter way: who is new has given few opinions.
      select count(*) from private.opinions as o
      where o.owner = p_owner
        and (select k.settled_at is null from private.checks as k where k.chunk_id = o.chunk_id)
    ),
    0
  );
end;
$$;

comment on function private.own_trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet, whatever other new owners hold?';

revoke all on function private.own_trial_room(uuid) from public, anon, authenticated, service_role;

-- Which chunk could go where. A chunk waits in the pool of its job's access type; and beside that all chunks of a user,
-- in whatever pool, are a pool of their own for that user's nodes. In each pool the users take turns for the slots: one
-- chunk of every user before the second of any, and of one user's jobs the least advanced first, so neither a big job
-- nor many of them hold others up. The turns begin after the user who was served last (private.turns); where a place
-- is offered to several pools, who of equal turns comes first is drawn anew for each transaction. Slots of the least
-- loaded nodes come first, and of equals the node's that was seen last: it is the one most surely alive. A chunk or a
-- slot that is offered twice keeps the offer that comes first. Pools without a free node are not even read, so a wall
-- of chunks there hides nobody, and of the others no more than could come to pass; what that leaves out is for the next
-- round. A node that is left alone for its failures is in no pool but its owner's, and there only if the owner has no
-- other.
create or replace function private.pair_chunks(p_limit integer, p_aside uuid[], p_checked boolean)
returns table (chunk_id uuid, node_id uuid, job_id uuid, place bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_common integer := case when p_checked then private.common_trial_room() end;
begin
  return query
  with free_nodes as materialized (
    select
      n.id, n.user_id, n.last_seen_at, b.running, least(n.max_parallel, n.total_cores, n.quota) as capacity,
      coalesce(n.backoff_until > now() or t.blocked_until > now(), false) as resting,
      coalesce(t.appointed or t.valid >= s.trusted_at, false) as trusted,
      coalesce(t.appointed or t.valid >= s.witness_at, false) as witness
    from public.nodes as n
    left join private.owner_trust as t on t.owner = n.user_id
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and b.running < least(n.max_parallel, n.total_cores, n.quota)
      and (n.backoff_until is null or n.backoff_until <= now() or not private.has_another_node(n))
  ),

  -- Owners who are not trusted yet hold few replicated chunks, on one of their nodes.
  trials as materialized (
    select distinct on (n.user_id) n.id as node_id, least(private.own_trial_room(n.user_id), v_common) as room
    from free_nodes as n
    where p_checked and v_common > 0 and not n.trusted and not n.resting
    order by n.user_id, n.id
  ),

  members as materialized (
    select 'owner:' || n.user_id as pool, n.user_id as owner, n.id as node_id, null::integer as most from free_nodes as n
    union
    select c.class || s.pool, null, n.id, case when c.class <> '' then t.room end
    from private.shared_pools as s
    inner join free_nodes as n on n.id = s.node_id
    left join trials as t on t.node_id = n.id
    cross join (values (''), ('spot:'), ('quorum:'), ('witness:')) as c (class)
    where not n.resting
      and case c.class
        when '' then true
        when 'witness:' then p_checked and n.witness
        else p_checked and (n.trusted or t.room > 0)
      end
  ),

  -- Numbered, because whatever is sorted and joined by a number is much faster than by a text.
  pools as materialized (
    select
      m.pool, m.owner, row_number() over () as number, count(*) as nodes, sum(n.capacity) as capacity,
      sum(n.running) as running, least(p_limit, sum(n.capacity - n.running)::bigint) as room
    from members as m
    inner join free_nodes as n on n.id = m.node_id
    group by m.pool, m.owner
  ),

  waiting as materialized (
    -- Of some who wait, all chunks may be set aside.
    select p.number, p.owner, p.room, p.pool, w.user_id, w.lap
    from pools as p
    left join private.turns as t on t.pool = p.pool
    cross join lateral private.waiting_users(p.pool, t.last_user_id, p.room + cardinality(p_aside)) as w
    where p.owner is null
    union all
    select p.number, p.owner, p.room, o.pool, p.owner, 0
    from pools as p
    cross join lateral private.own_pools(p.owner, p_checked) as o (pool)
    -- Limited, so that it is looked up: an `exists` the planner may turn into a join with all that waits anywhere.
    cross join lateral (
      select from public.jobs_chunks as c
      where c.status = 'pending' and c.node_id is null and c.pool = o.pool and c.user_id = p.owner
      limit 1
    ) as c
    where p.owner is not null
  ),

  -- Pool and place as one key: of two, the planner may join on the pool alone and filter the product.
  queue as materialized (
    select
      q.*, (q.number << 32) + row_number() over (partition by q.number order by q.turn, q.lap, q.user_id, q.chunk_id) as place
    from (
      select
        c.*, w.number, w.user_id, w.lap, w.owner is not null as own,
        uuid_hash_extended(w.user_id, pg_current_xact_id()::text::bigint) as draw
      from waiting as w
      -- Twice a user's share of the limit, because others may not use theirs.
      cross join lateral (
        select c.id as chunk_id, c.job_id, row_number() over (order by c.seed_offset) as turn
        from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = w.pool and c.user_id = w.user_id
          and c.id <> all(p_aside)
        order by c.seed_offset
        limit least(w.room, 1 + 2 * p_limit::bigint / (select count(distinct w.user_id) from waiting as w))
      ) as c
    ) as q
  ),

  -- With every node filled up to the same share of its capacity, that many chunks have a slot (and one for each node,
  -- because there are no parts of slots): no slot beyond is needed.
  levels as materialized (
    select p.pool, p.number, (least(q.chunks, p.room) + p.running + p.nodes) / p.capacity::float8 as level
    from pools as p
    inner join (select q.number, count(*) as chunks from queue as q group by q.number) as q on q.number = p.number
  ),

  slots as (
    select
      n.id as node_id, s.slot,
      (v.number << 32) + row_number() over (
        partition by v.number
        order by (n.running + s.slot)::float8 / n.capacity, n.last_seen_at desc, n.id, s.slot
      ) as place
    from free_nodes as n
    inner join members as m on m.node_id = n.id
    inner join levels as v on v.pool = m.pool
    cross join lateral generate_series(
      1, least(least(n.capacity, ceil(v.level * n.capacity)::bigint) - n.running, m.most)
    ) as s (slot)
  ),

  for_chunk as (
    select distinct on (q.chunk_id)
      q.chunk_id, q.job_id, q.turn, q.draw, s.node_id, s.slot, case when not q.own then q.place end as place
    from queue as q
    inner join slots as s on s.place = q.place
    order by q.chunk_id, q.turn, q.own desc
  ),

  for_slot as (
    select distinct on (f.node_id, f.slot) f.*
    from for_chunk as f
    order by f.node_id, f.slot, f.turn, f.draw, f.chunk_id
  )

  select f.chunk_id, f.node_id, f.job_id, f.place from for_slot as f order by f.turn, f.draw, f.chunk_id limit p_limit;
end;
$$;

comment on function private.pair_chunks(integer, uuid[], boolean) is
'Up to p_limit pairs of a pending chunk, other than those of p_aside, and a node with room that may run it; each chunk
once, no node overfilled. With each its place in the line of its pool, null where it goes to a node of its own user.';

revoke all on function private.pair_chunks(integer, uuid[], boolean) from public, anon, authenticated, service_role;

create or replace function private.trial_room(p_owner uuid)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_own integer := private.own_trial_room(p_owner);
begin
  return case when v_own = 0 then 0 else least(v_own, private.common_trial_room()) end;
end;
$$;

comment on function private.trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet?';

revoke all on function private.trial_room(uuid) from public, anon, authenticated, service_role;
