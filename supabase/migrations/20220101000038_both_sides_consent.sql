-- Revision 0038, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0037' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0038', '0037', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- The usual call: a node has come to have room. It goes round the users whose chunks it may run, one chunk of each
-- before the second of any, and begins after the user whom it served last; so neither a big job nor many jobs hold
-- another user up, however little room there is at a time. Of one user's jobs the least advanced comes first.
-- Nodes do not wait for each other: what another one is about to take is passed over, and so is what belongs to a job
-- that is about to be deleted. The node's row is locked, since its room is only known while nobody else fills it, and
-- private.assign_chunks, which fills all nodes, is kept out by the advisory lock.
create or replace function private.assign_to_node(p_node_id uuid, p_limit integer)
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
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_node public.nodes;
  v_shared_pools text[];
  v_own_pools text[];
  v_after uuid;
  v_left bigint;
  v_ask bigint;
  v_pools text[];
  v_users uuid[];
  v_count bigint;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('private.assign_chunks', 0));
  select s.* into strict v_settings from private.settings as s;
  select n.* into v_node from public.nodes as n
  where n.id = p_node_id and n.status = 'online' and n.user_id is not null
    and n.last_seen_at >= now() - v_settings.offline_after
  for no key update;
  if not found then
    return;
  end if;

  -- A statement of its own: it must see what was given to the node while this waited for the lock.
  select
    least(
      p_limit,
      least(v_node.max_parallel, v_node.total_cores)
      - (select count(*) from public.jobs_chunks as c where c.node_id = p_node_id and c.status = 'running')
    ),
    array(select s.pool from private.shared_pools as s where s.node_id = p_node_id),
    array(select o.pool from private.own_pools(v_node.user_id) as o (pool))
  into v_left, v_shared_pools, v_own_pools;
  v_after := v_node.last_user_id;
  v_ask := v_left;

  while v_left > 0 loop
    -- Who comes next. A user who waits in several pools comes again only when everybody has come once.
    select array_agg(q.pool order by q.place), array_agg(q.user_id order by q.place)
    into v_pools, v_users
    from (
      select w.pool, w.user_id, row_number() over (order by w.again, w.lap, w.user_id) as place
      from (
        select w.*, row_number() over (partition by w.user_id order by w.seed_offset, w.pool) as again
        from (
          select p.pool, u.user_id, u.lap, u.seed_offset
          from unnest(v_shared_pools) as p (pool)
          cross join lateral private.waiting_users(p.pool, v_after, v_ask) as u
          union all
          select o.pool, v_node.user_id, (v_node.user_id <= v_after)::integer, c.seed_offset
          from unnest(v_own_pools) as o (pool)
          cross join lateral (
            select c.seed_offset from public.jobs_chunks as c
            where c.status = 'pending' and c.node_id is null and c.pool = o.pool and c.user_id = v_node.user_id
            order by c.seed_offset
            limit 1
          ) as c
          where o.pool <> all(v_shared_pools)
        ) as w
      ) as w
      order by place
      limit v_ask
    ) as q;
    exit when v_users is null;

    return query
    with picked as (
      select c.id
      from unnest(v_pools, v_users) with ordinality as q (pool, user_id, place)
      cross join lateral (
        select c.id from public.jobs_chunks as c
        inner join public.jobs as j on j.id = c.job_id
        where c.status = 'pending' and c.node_id is null and c.pool = q.pool and c.user_id = q.user_id
        order by c.seed_offset
        limit greatest(v_left / cardinality(v_users) + (q.place <= v_left % cardinality(v_users))::integer, 1)
        for no key update of c skip locked for key share of j skip locked
      ) as c
      limit v_left
    ),

    assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = p_node_id,
        claimed_at = now(),
        lease_expires_at = now() + v_settings.stale_after,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      where c.id = any(array(select p.id from picked as p))
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    )

    select a.*, (select g.config from public.jobs_configs as g where g.hash = a.config_hash)
    from assigned as a;
    get diagnostics v_count = row_count;

    -- Of users all of whose chunks somebody else is about to take, ask for more, until there are no more.
    exit when v_count = 0 and cardinality(v_users) < v_ask;
    v_ask := case v_count when 0 then 2 * v_ask else v_left - v_count end;
    v_after := v_users[least(v_left, cardinality(v_users))];
    v_left := v_left - v_count;
  end loop;

  update public.nodes as n set last_user_id = v_after
  where n.id = p_node_id and n.last_user_id is distinct from v_after;
end;
$$;

comment on function private.assign_to_node(uuid, integer) is 'The body of public.assign_chunks for one node.';

revoke all on function private.assign_to_node(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_to_node(uuid, integer) to service_role;

-- Which chunk could go where. A chunk waits in the pool of its job's access type; and beside that all chunks of a user,
-- in whatever pool, are a pool of their own for that user's nodes. In each pool the users take turns for the slots: one
-- chunk of every user before the second of any, and of one user's jobs the least advanced first, so neither a big job
-- nor many of them hold others up; who comes first of equal turns is drawn anew for each transaction. The least loaded
-- nodes' slots come first, and of equals the node's that was seen last: it is the one most surely alive. A chunk or a
-- slot that is offered twice keeps the offer that comes first.
-- Pools without a free node are not even read, so a wall of chunks there hides nobody, and of the others no more than
-- could come to pass; what that leaves out is for the next round.
create or replace function private.pair_chunks(p_limit integer)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with free_nodes as materialized (
    select n.id, n.user_id, n.last_seen_at, b.running, least(n.max_parallel, n.total_cores) as capacity
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and b.running < least(n.max_parallel, n.total_cores)
  ),

  members as materialized (
    select 'owner:' || n.user_id as pool, n.user_id as owner, n.id as node_id from free_nodes as n
    union
    select s.pool, null, s.node_id
    from private.shared_pools as s
    inner join free_nodes as n on n.id = s.node_id
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
    select p.number, p.owner, p.room, p.pool, w.user_id
    from pools as p
    cross join lateral private.waiting_users(p.pool, null, p.room) as w
    where p.owner is null
    union all
    select p.number, p.owner, p.room, o.pool, p.owner
    from pools as p
    cross join lateral private.own_pools(p.owner) as o (pool)
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
      q.*, (q.number << 32) + row_number() over (partition by q.number order by q.turn, q.draw, q.chunk_id) as place
    from (
      select
        c.*, w.number, w.owner is not null as own,
        uuid_hash_extended(w.user_id, pg_current_xact_id()::text::bigint) as draw
      from waiting as w
      -- Twice a user's share of the limit, because others may not use theirs.
      cross join lateral (
        select c.id as chunk_id, c.job_id, row_number() over (order by c.seed_offset) as turn
        from public.jobs_chunks as c
        where c.status = 'pending' and c.node_id is null and c.pool = w.pool and c.user_id = w.user_id
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
    cross join lateral generate_series(1, least(n.capacity, ceil(v.level * n.capacity)::bigint) - n.running) as s (slot)
  ),

  for_chunk as (
    select distinct on (q.chunk_id) q.chunk_id, q.job_id, q.turn, q.draw, s.node_id, s.slot
    from queue as q
    inner join slots as s on s.place = q.place
    order by q.chunk_id, q.turn, q.own desc
  ),

  for_slot as (
    select distinct on (f.node_id, f.slot) f.*
    from for_chunk as f
    order by f.node_id, f.slot, f.turn, f.draw, f.chunk_id
  )

  select f.chunk_id, f.node_id, f.job_id from for_slot as f order by f.turn, f.draw, f.chunk_id limit p_limit;
end;
$$;

comment on function private.pair_chunks(integer) is
'Up to p_limit pairs of a pending chunk and a node with room that may run it; each chunk once, no node overfilled.';

revoke all on function private.pair_chunks(integer) from public, anon, authenticated, service_role;

-- Who joins a guild has its nodes for the jobs that are open already, who leaves has them no more from the next
-- assignment on. Jobs before chunks, each in key order, as everywhere.
create or replace function private.place_members_chunks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_chunks uuid[];
begin
  v_jobs := array(
    select j.id from changed_members as m
    inner join public.jobs as j on j.user_id = m.user_id and j.discord_server_id = m.guild_id
    where j.status in ('pending', 'running') and j.access_type = 'discord'
    order by j.id for key share of j
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.job_id = any(v_jobs) and c.status in ('pending', 'running')
    order by c.id for no key update
  );
  update public.jobs_chunks as c
  set pool = private.pool_of(j.access_type, j.user_id, j.discord_server_id)
  from public.jobs as j
  where c.id = any(v_chunks) and j.id = c.job_id;
  -- A node whose owner has joined may run what waits already.
  perform pg_notify('pending_chunk', '');
  return null;
end;
$$;

comment on function private.place_members_chunks() is
'Moves the waiting chunks of those who joined or left a guild into the pool where they belong.';

revoke all on function private.place_members_chunks() from public, anon, authenticated, service_role;

-- Where the chunks of a job wait. private.shared_pools names the same pools. A guild's nodes are for its members: who
-- is none, as far as the service knows, has their own nodes only, until private.place_members_chunks learns otherwise.
create or replace function private.pool_of(p_access_type text, p_user uuid, p_discord_server_id text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when p_access_type = 'user' then 'user:' || p_user
    when p_access_type <> 'discord' then p_access_type
    when exists (
      select from public.guilds_members as m where m.guild_id = p_discord_server_id and m.user_id = p_user
    ) then 'guild:' || p_discord_server_id
    else 'private'
  end;
$$;

comment on function private.pool_of(text, uuid, text) is
'The pool of a job: private, public, user:ID or guild:ID. Its owner''s nodes draw on it whatever it is.';

revoke all on function private.pool_of(text, uuid, text) from public, anon, authenticated, service_role;

-- The one place that says whom a node works for beside its owner. Both sides must have said yes: the node's owner in
-- nodes_permissions; a user by accepting the node; a guild by having the node's owner among its members, as the service
-- knows them. Read anew by every assignment, so what has ended ends there.
create or replace view private.shared_pools as
select
  p.node_id,
  'public' as pool
from public.nodes_permissions as p
where p.access_type = 'public'
union all
select
  p.node_id,
  'user:' || p.target_id as pool
from public.nodes_permissions as p
inner join public.nodes_acceptances as a on p.node_id = a.node_id and p.target_id = a.user_id::text
where p.access_type = 'user'
union all
select
  p.node_id,
  'guild:' || p.target_id as pool
from public.nodes_permissions as p
inner join public.nodes as n on p.node_id = n.id
inner join public.guilds_members as m on p.target_id = m.guild_id and n.user_id = m.user_id
where p.access_type = 'guild';

comment on view private.shared_pools is
'The pools that a node draws on beside those of its owner, by permission and consent.';

revoke all on table private.shared_pools from public, anon, authenticated, service_role;

create or replace trigger trg_joined after insert on public.guilds_members
referencing new table as changed_members
for each statement execute function private.place_members_chunks();

create or replace trigger trg_left after delete on public.guilds_members
referencing old table as changed_members
for each statement execute function private.place_members_chunks();

-- Who belongs to a Discord server is not the user's to say: the service writes what Discord tells it. It inserts and
-- deletes; an update would move nobody's chunks.
alter table public.guilds_members enable row level security;

revoke all on table public.guilds_members from public, anon, authenticated, service_role;
grant select on table public.guilds_members to authenticated;
grant select, insert, delete on table public.guilds_members to service_role;

drop policy if exists guilds_members_select_own on public.guilds_members;
create policy guilds_members_select_own on public.guilds_members
for select to authenticated using (user_id = (select auth.uid()));

-- Chunks that wait in the pool of a guild, for a user who is no member.
update public.jobs_chunks as c
set pool = private.pool_of(j.access_type, j.user_id, j.discord_server_id)
from public.jobs as j
where
  j.id = c.job_id and j.access_type = 'discord' and j.status in ('pending', 'running')
  and c.status in ('pending', 'running');

delete from private.alembic_version where version_num = '0037';
insert into private.alembic_version (version_num) values ('0038');
