create table private.turns (
  pool text primary key, -- noqa: RF04
  last_user_id uuid not null
);
-- No foreign key: whoever deletes an account waits for nobody's pass.
comment on table private.turns is 'Where the turns in each pool go on when chunks are assigned to all nodes.';
comment on column private.turns.last_user_id is 'whose chunk came last';
alter table private.turns enable row level security;
revoke all on table private.turns from public, anon, authenticated, service_role;

-- Made again below.
-- squawk-ignore ban-drop-function
drop function private.pair_chunks(integer, uuid[], boolean);

-- Schedulers take turns: a node's room is only known while nobody else fills it. Heartbeats and completions do not
-- wait. Run it at read committed (the default): each statement must see what the turn before has committed.
create or replace function private.assign_chunks(p_limit integer)
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
set jit = off
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_left integer := p_limit;
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_places bigint[];
  v_must_check boolean[];
  v_owners uuid[];
  v_checked boolean;
  v_elsewhere uuid[];
  v_aside uuid[] := '{}';
  v_chunk uuid;
  v_node public.nodes;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.* into strict v_settings from private.settings as s;
  v_checked := exists (
    select from public.jobs as j where j.replication <> 'none' and j.status in ('pending', 'running')
  );

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id), array_agg(p.place)
    into v_chunks, v_nodes, v_jobs, v_places
    from private.pair_chunks(v_left, v_aside, v_checked) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    with alive as materialized (
      select
        n.id, n.user_id as owner,
        n.backoff_step > 0
        or n.quota < least(n.max_parallel, n.total_cores, v_settings.max_chunks_per_node) as must_check
      from public.nodes as n where n.id = any(v_nodes) order by n.id for key share
    )

    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.place), array_agg(a.must_check), array_agg(a.owner)
    into v_chunks, v_nodes, v_places, v_must_check, v_owners
    from unnest(v_chunks, v_nodes, v_places) as p (chunk_id, node_id, place)
    inner join alive as a on a.id = p.node_id;

    -- Found and locked by their keys alone, then looked at: with the status as a condition, statistics from when
    -- nothing waited made the planner read all that waits, once for every pair.
    with held as materialized (
      select
        c.id, p.node_id, p.place, c.pool, c.user_id,
        case when c.status = 'pending' and c.node_id is null
          then c.attempts > 0 and private.better_elsewhere(c, p.node_id)
            or v_checked and c.pool ~ '^(quorum|witness):' and private.has_spoken(c.id, p.owner)
        end as elsewhere,
        p.must_check or v_checked and (
          c.pool ~ '^(quorum|witness):'
          or c.pool like 'spot:%' and c.user_id <> p.owner and not private.is_trusted(p.owner)
        ) as must_check
      from unnest(v_chunks, v_nodes, v_places, v_must_check, v_owners) as p (chunk_id, node_id, place, must_check, owner)
      inner join public.jobs_chunks as c on c.id = p.chunk_id
      order by c.id for no key update of c skip locked
    ),

    -- Whose turn it was last, unless the round is only about chunks for other nodes.
    turned as (
      insert into private.turns (pool, last_user_id)
      select l.pool, l.user_id
      from (
        select distinct on (h.pool) h.pool, h.user_id from held as h
        where h.place is not null and h.elsewhere is not null and not exists (select from held as o where o.elsewhere)
        order by h.pool, h.place desc
      ) as l
      where not exists (select from private.turns as t where t.pool = l.pool and t.last_user_id = l.user_id)
      on conflict (pool) do update set last_user_id = excluded.last_user_id
    )

    select
      array_agg(h.id) filter (where not h.elsewhere), array_agg(h.node_id) filter (where not h.elsewhere),
      array_agg(h.must_check) filter (where not h.elsewhere), array_agg(h.id) filter (where h.elsewhere)
    into v_chunks, v_nodes, v_must_check, v_elsewhere
    from held as h
    where h.elsewhere is not null;
    exit when v_chunks is null and v_elsewhere is null;

    -- Chunks that came to a node which failed them, while another one may run them. One by one, for there are few; and
    -- before the others, or the only node that may still run such a chunk could always be busy with them.
    if v_elsewhere is not null then
      foreach v_chunk in array v_elsewhere loop
        v_aside := v_aside || v_chunk;
        v_node := private.node_for_chunk(v_chunk);
        if v_node.id is not null and v_left > 0 then
          return query select g.* from private.give_chunks(
            array[v_chunk], array[v_node.id], array[true], v_settings.stale_after
          ) as g;
          v_left := v_left - 1;
        end if;
      end loop;
      continue;
    end if;

    return query select g.* from private.give_chunks(v_chunks, v_nodes, v_must_check, v_settings.stale_after) as g;
    v_left := v_left - cardinality(v_chunks);
  end loop;
end;
$$;

comment on function private.assign_chunks(integer) is 'The body of public.assign_chunks for all nodes.';

revoke all on function private.assign_chunks(integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_chunks(integer) to service_role;

-- Chunks outlive their node: what it was still running goes back to pending, and the foreign key sets node_id to null
-- in the rest. This holds chunks from several statements at once, in no common order, so it never waits for another
-- one: a node that somebody is at work with, or on a chunk of it, is in use after all, and can wait for the next time.
create or replace function private.cleanup_stale_data()
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_ids uuid[];
  v_chunks uuid[];
  v_checksums text[];
  v_pending_nodes integer := 0;
  v_offline_nodes integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;
  perform private.reap_stale_chunks();

  loop
    v_ids := array(
      select n.id from public.nodes as n
      where n.status = 'pending' and n.user_id is null and n.created_at < now() - v_settings.pending_node_retention
      order by n.id limit v_settings.batch_size for update skip locked
    );
    delete from public.nodes as n where n.id = any(v_ids);
    v_pending_nodes := v_pending_nodes + cardinality(v_ids);
    exit when cardinality(v_ids) < v_settings.batch_size;
  end loop;

  loop
    v_ids := array(
      select n.id from public.nodes as n
      where n.status = 'offline'
        and coalesce(n.last_seen_at, n.created_at) < now() - v_settings.offline_node_retention
      order by n.id limit v_settings.batch_size for update skip locked
    );
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = any(v_ids)
      order by c.id for no key update skip locked
    );
    v_ids := array(
      select i.id from unnest(v_ids) as i (id)
      where (select count(*) from public.jobs_chunks as c where c.node_id = i.id)
        = (select count(*) from public.jobs_chunks as c where c.node_id = i.id and c.id = any(v_chunks))
    );
    update public.jobs_chunks as c
    set status = 'pending', node_id = null, last_node_id = c.node_id, claimed_at = null, lease_expires_at = null
    where c.id = any(v_chunks) and c.status = 'running' and c.node_id = any(v_ids);
    delete from public.nodes as n where n.id = any(v_ids);
    v_offline_nodes := v_offline_nodes + cardinality(v_ids);
    exit when cardinality(v_ids) < v_settings.batch_size;
  end loop;

  -- Who is behind their pace no more has used up nothing.
  delete from private.rates as r where r.due < now();
  -- As with configs, new jobs with these scripts wait for the lock, and are looked for again under it.
  v_checksums := array(
    select s.checksum from private.scripts as s
    where s.last_used_at < now() - v_settings.config_retention
      and not exists (select from public.jobs as j where j.script_checksum = s.checksum)
    order by s.checksum limit v_settings.batch_size for update skip locked
  );
  delete from private.scripts as s
  where s.checksum = any(v_checksums)
    and not exists (select from public.jobs as j where j.script_checksum = s.checksum);
  delete from private.chunk_failures as f
  where not exists (select from public.jobs_chunks as c where c.id = f.chunk_id);
  delete from private.owner_trust as t where not exists (select from auth.users as u where u.id = t.owner);
  delete from private.opinions as o
  where not exists (select from public.jobs_chunks as c where c.id = o.chunk_id);
  delete from private.checks as k
  where not exists (select from public.jobs_chunks as c where c.id = k.chunk_id);
  -- Copies have done their duty once their check is settled; whoever still computes one is told with the next
  -- heartbeat.
  v_ids := array(
    select j.id from public.jobs as j
    where j.replication = 'copy' and coalesce(j.completed_at, j.created_at) < now() - interval '1 hour'
      and not exists (
        select from public.jobs_chunks as c
        inner join private.checks as k on k.copy_id = c.id and k.settled_at is null
        where c.job_id = j.id
      )
    order by j.id limit v_settings.batch_size for update skip locked
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c where c.job_id = any(v_ids) order by c.id for update skip locked
  );
  delete from public.jobs as j
  where j.id = any(v_ids)
    and not exists (select from public.jobs_chunks as c where c.job_id = j.id and c.id <> all(v_chunks));

  delete from private.turns as t
  where t.pool = any(array(
    select o.pool from private.turns as o
    where not exists (
      select from public.jobs_chunks as c where c.status = 'pending' and c.node_id is null and c.pool = o.pool
    )
    for update skip locked
  ));

  return jsonb_build_object(
    'pendingNodes', v_pending_nodes,
    'offlineNodes', v_offline_nodes,
    'chunks', private.remove_old_chunks(v_settings.chunk_retention, v_settings.batch_size),
    'configs', private.remove_unused_configs(v_settings.config_retention, v_settings.batch_size)
  );
end;
$$;

comment on function private.cleanup_stale_data() is 'The body of public.cleanup_stale_data.';

revoke all on function private.cleanup_stale_data() from public, anon, authenticated, service_role;
grant execute on function private.cleanup_stale_data() to service_role;

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
begin
  select c.* into strict v_chunk from public.jobs_chunks as c where c.id = p_chunk_id;
  select n.* into v_node
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
    and private.may_run(n.id, n.user_id, v_chunk.pool, v_chunk.user_id)
    and private.failed_by(v_chunk.id, v_chunk.last_node_id, n.id) is not true
    and not private.has_spoken(v_chunk.id, n.user_id)
    and (
      private.base_pool(v_chunk.pool) = v_chunk.pool or n.user_id = v_chunk.user_id
      or private.is_trusted(n.user_id) or private.trial_room(n.user_id) > 0
    )
  order by b.running::float8 / least(n.max_parallel, n.total_cores, n.quota), n.last_seen_at desc
  limit 1
  for key share of n skip locked;
  return v_node;
end;
$$;

comment on function private.node_for_chunk(uuid) is
'A node with room that may run the chunk and has not failed it, locked against its deletion; null where there is none.';

revoke all on function private.node_for_chunk(uuid) from public, anon, authenticated, service_role;

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
    select distinct on (n.user_id) n.id as node_id, private.trial_room(n.user_id) as room
    from free_nodes as n
    where p_checked and not n.trusted and not n.resting
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
