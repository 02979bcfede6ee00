-- The usual heartbeats of many nodes, in one go; each is what private.node_heartbeat would say to it. What is not usual
-- is not answered and changes nothing: an unknown node, another process, too many of them, a row that somebody else
-- holds. The caller asks private.node_heartbeat then, which waits or says why not. So nobody is refused, or kept
-- waiting, for what happened to come beside him.
-- A row is written only if it would say something else or is about to get old (v_rest): far less than what makes a node
-- count as gone, or lets another process take over. How many heartbeats came meanwhile is in "beats", so that they are
-- counted all the same. A lease, too, is not written for less than a sixtieth of its length.
-- Nodes and chunks are found by their keys alone, however few there were when it was planned.
create or replace function private.node_heartbeats(p_beats jsonb)
returns table (place bigint, answer text, news boolean, written boolean, offline_after double precision)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_each interval;
  v_rest interval;
  v_beats jsonb[];
  v_places bigint[];
  v_nodes uuid[];
  v_written boolean[];
  v_chunks uuid[];
  v_came_back boolean;
begin
  if jsonb_typeof(p_beats) is distinct from 'array' then
    perform private.refuse(
      400, 'heartbeats_not_an_array', 'the heartbeats are not a JSON array', 'Send p_beats as [{"key": …}, …].'
    );
  end if;
  select s.* into strict v_settings from private.settings as s;
  v_each := interval '1 minute' / nullif(v_settings.heartbeats_per_minute, 0);
  v_rest := least(interval '10 seconds', v_settings.offline_after / 6, v_settings.session_timeout / 6);

  with beat as materialized (
    select distinct on (e.beat ->> 'key')
      e.place, e.beat, e.beat ->> 'key' as key, e.beat ->> 'status' as status,
      (e.beat ->> 'session')::uuid as session, v_each * coalesce((e.beat ->> 'beats')::integer, 1) as earned_in
    from jsonb_array_elements(p_beats) with ordinality as e (beat, place)
    where e.beat ->> 'status' in ('online', 'offline')
    order by e.beat ->> 'key', e.place
  ),

  seen as materialized (
    select
      b.*, n.id,
      coalesce(n.status = 'online' and n.last_seen_at > now() - v_settings.offline_after, false) as was_there,
      n.status = 'online' and b.status = 'online' and n.session_id is not distinct from b.session
      and coalesce(n.last_seen_at > now() - v_rest, false)
      and (b.earned_in is null or b.earned_in < interval '1 second') as fresh
    from beat as b
    inner join public.nodes as n on n.public_key = b.key
    where n.user_id is not null
      and (
        b.earned_in is null or n.beats_due is null
        or greatest(n.beats_due, now()) + b.earned_in <= now() + interval '1 minute'
      )
  ),

  due as materialized (
    select n.id from public.nodes as n
    where n.id = any(array(select s.id from seen as s where not s.fresh))
    order by n.id for no key update skip locked
  ),

  written as (
    update public.nodes as n
    set
      status = s.status, last_seen_at = now(), session_id = s.session,
      beats_due = greatest(n.beats_due, now()) + s.earned_in
    from seen as s
    where n.id = any(array(select d.id from due as d)) and s.id = n.id and n.user_id is not null
      and (
        n.session_id is not distinct from s.session or n.status <> 'online'
        or n.last_seen_at is null or n.last_seen_at < now() - v_settings.session_timeout
      )
    returning n.id
  )

  select
    array_agg(s.place), array_agg(s.id), array_agg(s.beat), array_agg(not s.fresh),
    bool_or(not s.was_there and s.status = 'online')
  into v_places, v_nodes, v_beats, v_written, v_came_back
  from seen as s
  where s.fresh or s.id in (select w.id from written as w);

  -- Such a one has room that no trigger tells of.
  if v_came_back then
    perform pg_notify('pending_chunk', '');
  end if;

  -- What is locked is being completed, cancelled or taken back by somebody else.
  v_chunks := array(
    select c.id
    from unnest(v_nodes, v_beats) as b (node_id, beat)
    inner join public.jobs_chunks as c on c.node_id = b.node_id and c.status = 'running'
    where
      case jsonb_typeof(b.beat -> 'running')
        when 'array' then b.beat -> 'running' ? c.id::text
        else b.beat ->> 'status' = 'online'
      end
      and coalesce(
        c.lease_expires_at < least(now() + v_settings.stale_after * 59 / 60, c.claimed_at + v_settings.lease_cap), true
      )
    order by c.id for no key update of c skip locked
  );
  -- Never shorter than it was.
  update public.jobs_chunks as c
  set
    lease_expires_at = greatest(
      c.lease_expires_at, least(now() + v_settings.stale_after, c.claimed_at + v_settings.lease_cap)
    )
  where c.id = any(v_chunks);

  return query
  with asked as materialized (
    select
      b.place, b.node_id, b.beat, b.written, n.name, n.max_parallel, n.status,
      exists (select from public.jobs_chunks as c where c.node_id = b.node_id and c.status = 'running') as holds,
      -- As private.node_heartbeat says it.
      to_jsonb(case
        when jsonb_typeof(b.beat -> 'running') = 'array' then array(
          select distinct r.id from jsonb_array_elements_text(b.beat -> 'running') as t (id)
          cross join lateral (select t.id::uuid as id) as r
          where not exists (
            select from public.jobs_chunks as c
            where c.id = r.id and c.node_id = b.node_id and c.status = 'running'
          )
        )
        else array(
          select c.id from public.jobs_chunks as c
          where c.node_id = b.node_id and c.status = 'cancelled'
            and c.completed_at > now() - v_settings.lease_cap
          order by c.id
        )
      end) as cancelled
    from unnest(v_places, v_nodes, v_beats, v_written) as b (place, node_id, beat, written)
    inner join public.nodes as n on n.id = b.node_id
  ),

  told as (
    select
      a.place,
      jsonb_build_object('chunks', '[]'::jsonb) || case jsonb_typeof(a.beat -> 'inputs')
        when 'array' then '{"configs": {}, "scripts": {}}'::jsonb else '{}'::jsonb
      end as answer,
      false as news
    from asked as a where not a.holds
    union all
    select a.place, d.answer, d.news
    from (select a.* from asked as a where a.holds) as a
    cross join lateral private.chunks_of_node(
      a.node_id,
      array(select t.token::uuid from jsonb_array_elements_text(a.beat -> 'attempts') as t (token)),
      case jsonb_typeof(a.beat -> 'inputs')
        when 'array' then array(select t.hash from jsonb_array_elements_text(a.beat -> 'inputs') as t (hash))
      end,
      (a.beat ->> 'embed')::boolean
    ) as d
  )

  select
    a.place,
    (jsonb_build_object(
      'id', a.node_id, 'name', a.name, 'maxParallel', a.max_parallel, 'status', a.status, 'cancelled', a.cancelled
    ) || t.answer)::text,
    t.news or a.cancelled <> '[]',
    a.written,
    extract(epoch from v_settings.offline_after)::float8
  from asked as a
  inner join told as t on t.place = a.place
  order by a.place;
end;
$$;

comment on function private.node_heartbeats(jsonb) is 'The body of public.node_heartbeats.';

revoke all on function private.node_heartbeats(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeats(jsonb) to service_role;

-- Exposed, so it holds no privilege of its own; see private.node_heartbeats.
create or replace function public.node_heartbeats(p_beats jsonb)
returns table (place bigint, answer text, news boolean, written boolean, offline_after double precision)
language plpgsql
set search_path = ''
as $$
begin
  return query select b.* from private.node_heartbeats(p_beats) as b;
end;
$$;

comment on function public.node_heartbeats(jsonb) is
'Takes [{"key", "status", "session"?, "running"?, "attempts", "inputs"?, "embed", "beats"}, …], heartbeats of different
nodes as node_heartbeat and chunks_of_node take them one by one; "beats" says how many of the node''s are to be counted.
Answers each that is usual with its place (from 1), what both of those would answer, whether that is news to the node,
whether the heartbeats were counted, and settings.offline_after in seconds. What is not answered is for node_heartbeat,
which waits, or refuses it and says why. Error (code in DETAIL): heartbeats_not_an_array. For the sentinel.';

revoke all on function public.node_heartbeats(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeats(jsonb) to service_role;
