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
