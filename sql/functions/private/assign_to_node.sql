-- The usual call: a node has come to have room. It goes round the users whose chunks it may run, one chunk of each
-- before the second of any, and begins after the user whom it served last; so neither a big job nor many jobs hold
-- another user up, however little room there is at a time. Of one user's jobs the least advanced comes first.
-- Nodes do not wait for each other: what another one is about to take is passed over. The node's row is locked, since
-- its room is only known while nobody else fills it, and private.assign_chunks, which fills all nodes, is kept out by
-- the advisory lock.
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
set jit = off
as $$
#variable_conflict use_column
declare
  v_stale_after interval;
  v_most integer;
  v_note text;
  v_node public.nodes;
  v_must_check boolean;
  v_resting boolean;
  v_checked boolean;
  v_trusted boolean;
  v_room bigint;
  v_trial integer := 0;
  v_shared_pools text[];
  v_own_pools text[];
  v_from_shared text[];
  v_from_own text[];
  v_after uuid;
  v_left bigint;
  v_ask bigint;
  v_pools text[];
  v_users uuid[];
  v_count bigint;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('private.assign_chunks', 0));
  select n.* into v_node from public.nodes as n
  where n.id = p_node_id and n.status = 'online' and n.user_id is not null
    and n.last_seen_at >= now() - (select s.offline_after from private.settings as s)
  for no key update;
  if not found then
    return;
  end if;

  -- While it is left alone for its failures, only what nobody else may run: its owner's, unless another of the owner's
  -- nodes is there.
  v_resting := coalesce(v_node.backoff_until > now(), false);
  if v_resting and private.has_another_node(v_node) then
    return;
  end if;

  -- A statement of its own: it must see what was given to the node while this waited for the lock.
  select
    s.stale_after, s.max_chunks_per_node,
    least(
      p_limit,
      least(v_node.max_parallel, v_node.total_cores, v_node.quota)
      - (select count(*) from public.jobs_chunks as c where c.node_id = p_node_id and c.status = 'running')
    ),
    array(
      select p.pool from private.shared_pools as p
      where p.node_id = p_node_id and not v_resting
        and not exists (
          select from private.owner_trust as t where t.owner = v_node.user_id and t.blocked_until > now()
        )
    ),
    exists (select from public.jobs as j where j.replication <> 'none' and j.status in ('pending', 'running')),
    array(
      select distinct 'guild:' || j.discord_server_id from public.jobs as j
      where j.user_id = v_node.user_id and j.status in ('pending', 'running') and j.access_type = 'discord'
    )
  into v_stale_after, v_most, v_room, v_shared_pools, v_checked, v_own_pools
  from private.settings as s;
  if v_room <= 0 then
    return;
  end if;

  v_must_check := v_node.backoff_step > 0
    or v_node.quota < least(v_node.max_parallel, v_node.total_cores, v_most);
  -- What private.own_pools says, where nothing is replicated without a statement more.
  if v_checked then
    v_own_pools := array(select o.pool from private.own_pools(v_node.user_id, true) as o (pool));
  else
    v_own_pools := array['private', 'public', 'user:' || v_node.user_id] || v_own_pools;
  end if;

  if v_room = 1 and not v_checked then
    return query select a.* from private.assign_one(v_node, v_shared_pools, v_own_pools, v_must_check, v_stale_after) as a;
    if found then
      return;
    end if;
  end if;

  if v_checked and v_shared_pools <> '{}' then
    v_trusted := private.is_trusted(v_node.user_id);
    if not v_trusted then
      -- Two nodes of one owner must not both take what the owner may hold.
      perform pg_advisory_xact_lock(hashtextextended('private.trial_room ' || v_node.user_id, 0));
      v_trial := least(v_room, private.trial_room(v_node.user_id));
    end if;
  end if;
  v_after := v_node.last_user_id;

  -- Of a new owner first the few replicated chunks that may be there, then whatever else there is.
  for v_turn in case when v_trial > 0 then 1 else 2 end .. 2 loop
    v_from_own := case v_turn when 2 then v_own_pools else '{}' end;
    v_from_shared := case
      when v_turn = 1 then private.checked_pools(v_shared_pools, false)
      when v_trusted then v_shared_pools || private.checked_pools(v_shared_pools, private.is_witness(v_node.user_id))
      else v_shared_pools
    end;
    v_left := case v_turn when 1 then v_trial else v_room end;
    v_room := v_room - v_left;
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
            from unnest(v_from_shared) as p (pool)
            cross join lateral private.waiting_users(p.pool, v_after, v_ask) as u
            union all
            select o.pool, v_node.user_id, (v_node.user_id <= v_after)::integer, c.seed_offset
            from unnest(v_from_own) as o (pool)
            cross join lateral (
              select c.seed_offset from public.jobs_chunks as c
              where c.status = 'pending' and c.node_id is null and c.pool = o.pool and c.user_id = v_node.user_id
              order by c.seed_offset
              limit 1
            ) as c
            where o.pool <> all(v_from_shared)
          ) as w
        ) as w
        order by place
        limit v_ask
      ) as q;
      exit when v_users is null;

      -- No job is waited for: whoever holds one moves it on himself, or deletes it, and then its chunks go with it.
      v_note := set_config('loop.counted', 'on', true);
      return query
      with picked as (
        select c.id
        from unnest(v_pools, v_users) with ordinality as q (pool, user_id, place)
        cross join lateral (
          select c.id from public.jobs_chunks as c
          where c.status = 'pending' and c.node_id is null and c.pool = q.pool and c.user_id = q.user_id
            and (c.attempts = 0 or not private.better_elsewhere(c, p_node_id))
            and (
              not v_checked or c.pool !~ '^(quorum|witness):' or not private.has_spoken(c.id, v_node.user_id)
            )
          order by c.seed_offset
          limit greatest(v_left / cardinality(v_users) + (q.place <= v_left % cardinality(v_users))::integer, 1)
          for no key update skip locked
        ) as c
        limit v_left
      ),

      assigned as (
        update public.jobs_chunks as c
        set
          status = 'running',
          node_id = p_node_id,
          claimed_at = now(),
          lease_expires_at = now() + v_stale_after,
          attempt_token = gen_random_uuid(),
          attempts = c.attempts + 1,
          must_check = v_must_check or v_checked and (
            c.pool ~ '^(quorum|witness):'
            or v_trusted is not true and c.pool like 'spot:%' and c.user_id <> v_node.user_id
          )
        where c.id = any(array(select p.id from picked as p))
        returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
      ),

      begun as (
        update public.jobs as j set status = 'running'
        where j.id = any(array(
          select o.id from public.jobs as o
          where o.id = any(array(select a.job_id from assigned as a))
            -- In a case, or an index of open jobs would look like the shortest way.
            and case o.status when 'pending' then true end
          order by o.id for no key update skip locked
        )) and case j.status when 'pending' then true end
      )

      select a.*, (select g.config from public.jobs_configs as g where g.hash = a.config_hash)
      from assigned as a;
      get diagnostics v_count = row_count;
      v_note := set_config('loop.counted', 'off', true);

      -- Of users all of whose chunks somebody else is about to take, ask for more, until there are no more.
      exit when v_count = 0 and cardinality(v_users) < v_ask;
      v_ask := case v_count when 0 then 2 * v_ask else v_left - v_count end;
      v_after := v_users[least(v_left, cardinality(v_users))];
      v_left := v_left - v_count;
    end loop;
    v_room := v_room + v_left;
  end loop;

  update public.nodes as n set last_user_id = v_after
  where n.id = p_node_id and n.last_user_id is distinct from v_after;
end;
$$;

comment on function private.assign_to_node(uuid, integer) is 'The body of public.assign_chunks for one node.';

revoke all on function private.assign_to_node(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_to_node(uuid, integer) to service_role;
