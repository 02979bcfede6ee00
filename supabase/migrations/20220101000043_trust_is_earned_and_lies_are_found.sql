-- Revision 0043, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0042' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0043', '0042', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.create_job(jsonb, integer, text, text, uuid);
-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.own_pools(uuid);
-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.pair_chunks(integer);
-- Its calls go to function public.create_job(jsonb, integer, text, text, uuid, text).
-- squawk-ignore ban-drop-function
drop function public.create_job(jsonb, integer, text, text, uuid);
-- Made again below.
-- squawk-ignore ban-drop-function
drop function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]);
-- Made again below.
-- squawk-ignore ban-drop-function
drop function private.read_failures(jsonb, integer);

-- What becomes of chunks moves their job: completed iterations, and those that will not come (the chunk failed, was
-- cancelled or is gone). n = n + delta under the row's own lock, so nothing is lost however many sessions change chunks
-- of one job at once, and the cost does not depend on the size of the job; only once both together reach the total does
-- anybody read all of its chunks. A job that has ended stays as it is.
create or replace function private.advance_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
  v_over uuid[];
  v_examined uuid[];
begin
  -- A branch for each event, because each has other transition tables.
  if tg_op = 'UPDATE' then
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(d.begun)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        c.job_id,
        coalesce(sum(c.weight) filter (where c.status = 'completed'), 0) as completed,
        coalesce(sum(c.weight) filter (where c.status in ('failed', 'cancelled')), 0) as lost,
        bool_or(c.begun) as begun
      from (
        select n.job_id, n.status, n.iterations as weight, n.status in ('running', 'completed') as begun
        from new_chunks as n
        union all
        select o.job_id, o.status, -o.iterations, false from old_chunks as o
        where o.status in ('completed', 'failed', 'cancelled')
      ) as c
      group by c.job_id
    ) as d
    where d.completed <> 0 or d.lost <> 0 or d.begun;
  elsif tg_op = 'INSERT' then
    -- Chunks are made pending, so there is nothing to do but for what the edge functions of the transition may insert.
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(d.begun)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        n.job_id,
        coalesce(sum(n.iterations) filter (where n.status = 'completed'), 0) as completed,
        coalesce(sum(n.iterations) filter (where n.status in ('failed', 'cancelled')), 0) as lost,
        bool_or(n.status in ('running', 'completed')) as begun
      from new_chunks as n
      where n.status <> 'pending'
      group by n.job_id
    ) as d;
  else
    select array_agg(d.job_id), array_agg(d.completed), array_agg(d.lost), array_agg(false)
    into v_jobs, v_completed, v_lost, v_begun
    from (
      select
        o.job_id,
        -coalesce(sum(o.iterations) filter (where o.status = 'completed'), 0) as completed,
        coalesce(sum(o.iterations) filter (where o.status in ('pending', 'running', 'completed')), 0) as lost
      from old_chunks as o
      group by o.job_id
    ) as d;
  end if;
  if v_jobs is null then
    return null;
  end if;

  -- Two statements that touch the same jobs lock them in the same order. Not `for update`: that would meet the lock
  -- which a foreign key takes on the job of a new chunk. And a `case`, because of a plain condition on the status the
  -- planner concludes, from statistics of a quiet hour, that reading all open jobs finds these fastest.
  if cardinality(v_jobs) > 1 then
    perform from unnest(v_jobs, v_completed, v_lost) as d (id, completed, lost)
    inner join public.jobs as j on j.id = d.id
    where j.id = any(v_jobs)
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
    order by j.id for no key update of j;
  end if;

  with moved as (
    update public.jobs as j
    set
      completed_iterations = j.completed_iterations + d.completed,
      lost_iterations = j.lost_iterations + d.lost,
      status = case when d.begun then 'running' else j.status end
    from unnest(v_jobs, v_completed, v_lost, v_begun) as d (id, completed, lost, begun)
    where j.id = any(v_jobs) and j.id = d.id
      and case j.status when 'pending' then true when 'running' then d.completed <> 0 or d.lost <> 0 else false end
    returning
      j.id, j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations as over,
      j.replication in ('spot', 'quorum') as examined
  )
  select array_agg(m.id), array_agg(m.id) filter (where m.examined) into v_over, v_examined from moved as m where m.over;

  -- What is odd is held back, and with it the job.
  if v_examined is not null then
    perform private.examine_jobs(v_examined);
  end if;

  -- A statement of its own, for a snapshot taken after the locks: it sees every chunk that was counted.
  if v_over is not null then
    perform private.finish_jobs(v_over);
  end if;
  return null;
end;
$$;

comment on function private.advance_jobs() is
'Moves the jobs of changed chunks: completed_iterations, lost_iterations, pending → running, and to their end.';

revoke all on function private.advance_jobs() from public, anon, authenticated, service_role;

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
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
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

    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(a.must_check),
      array_agg(a.owner)
    into v_chunks, v_nodes, v_must_check, v_owners
    from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
    inner join alive as a on a.id = p.node_id;

    -- Found and locked by their keys alone, then looked at: with the status as a condition, statistics from when
    -- nothing waited made the planner read all that waits, once for every pair.
    with held as materialized (
      select
        c.id, p.node_id,
        case when c.status = 'pending' and c.node_id is null
          then c.attempts > 0 and private.better_elsewhere(c, p.node_id)
            or v_checked and c.pool ~ '^(quorum|witness):' and private.has_spoken(c.id, p.owner)
        end as elsewhere,
        p.must_check or v_checked and (
          c.pool ~ '^(quorum|witness):'
          or c.pool like 'spot:%' and c.user_id <> p.owner and not private.is_trusted(p.owner)
        ) as must_check
      from unnest(v_chunks, v_nodes, v_must_check, v_owners) as p (chunk_id, node_id, must_check, owner)
      inner join public.jobs_chunks as c on c.id = p.chunk_id
      order by c.id for no key update of c skip locked
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
set jit = off
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
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
  select s.* into strict v_settings from private.settings as s;
  select n.* into v_node from public.nodes as n
  where n.id = p_node_id and n.status = 'online' and n.user_id is not null
    and n.last_seen_at >= now() - v_settings.offline_after
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
  v_must_check := v_node.backoff_step > 0
    or v_node.quota < least(v_node.max_parallel, v_node.total_cores, v_settings.max_chunks_per_node);

  -- A statement of its own: it must see what was given to the node while this waited for the lock.
  select
    least(
      p_limit,
      least(v_node.max_parallel, v_node.total_cores, v_node.quota)
      - (select count(*) from public.jobs_chunks as c where c.node_id = p_node_id and c.status = 'running')
    ),
    array(
      select s.pool from private.shared_pools as s
      where s.node_id = p_node_id and not v_resting
        and not exists (
          select from private.owner_trust as t where t.owner = v_node.user_id and t.blocked_until > now()
        )
    ),
    array(select o.pool from private.own_pools(v_node.user_id, r.checked) as o (pool)),
    r.checked
  into v_room, v_shared_pools, v_own_pools, v_checked
  from (
    select exists (
      select from public.jobs as j where j.replication <> 'none' and j.status in ('pending', 'running')
    ) as checked
  ) as r;
  if v_checked and v_shared_pools <> '{}' then
    v_trusted := private.is_trusted(v_node.user_id);
    if not v_trusted and v_room > 0 then
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

      return query
      with picked as (
        select c.id
        from unnest(v_pools, v_users) with ordinality as q (pool, user_id, place)
        cross join lateral (
          select c.id from public.jobs_chunks as c
          inner join public.jobs as j on j.id = c.job_id
          where c.status = 'pending' and c.node_id is null and c.pool = q.pool and c.user_id = q.user_id
            and (c.attempts = 0 or not private.better_elsewhere(c, p_node_id))
            and (
              not v_checked or c.pool !~ '^(quorum|witness):' or not private.has_spoken(c.id, v_node.user_id)
            )
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
          attempts = c.attempts + 1,
          must_check = v_must_check or v_checked and (
            c.pool ~ '^(quorum|witness):'
            or v_trusted is not true and c.pool like 'spot:%' and c.user_id <> v_node.user_id
          )
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
    v_room := v_room + v_left;
  end loop;

  update public.nodes as n set last_user_id = v_after
  where n.id = p_node_id and n.last_user_id is distinct from v_after;
end;
$$;

comment on function private.assign_to_node(uuid, integer) is 'The body of public.assign_chunks for one node.';

revoke all on function private.assign_to_node(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function private.assign_to_node(uuid, integer) to service_role;

-- Chunks whose result may be checked wait apart, in pools named after the usual ones: spot:public, quorum:public (and
-- copies that any owner may compute), witness:public (copies that a witness must compute).
create or replace function private.base_pool(p_pool text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select regexp_replace(p_pool, '^(spot|quorum|witness):', '');
$$;

comment on function private.base_pool(text) is 'The pool whose nodes may run a chunk, whatever becomes of its result.';

revoke all on function private.base_pool(text) from public, anon, authenticated, service_role;

-- Asked only of chunks that were assigned before, so it may cost more than what is asked of every chunk.
create or replace function private.better_elsewhere(p_chunk public.jobs_chunks, p_node_id uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(private.failed_by(p_chunk.id, p_chunk.last_node_id, p_node_id), false) and exists (
    select from public.nodes as n
    cross join private.settings as s
    where n.status = 'online' and n.last_seen_at >= now() - s.offline_after
      and n.id <> p_node_id and n.user_id is not null and least(n.max_parallel, n.total_cores) > 0
      and private.may_run(n.id, n.user_id, p_chunk.pool, p_chunk.user_id)
      and private.failed_by(p_chunk.id, p_chunk.last_node_id, n.id) is not true
      and not private.has_spoken(p_chunk.id, n.user_id)
  );
end;
$$;

comment on function private.better_elsewhere(public.jobs_chunks, uuid) is
'Did this node fail the chunk, while another one is online that may run it and has not?';

revoke all on function private.better_elsewhere(public.jobs_chunks, uuid)
from public, anon, authenticated, service_role;

-- Absent and somebody else's look the same, so that nobody learns which jobs exist. Chunks before the job, as they are
-- locked on completion; the share lock on the job only keeps it from being deleted meanwhile. A cancelled chunk keeps
-- its node, so that the node can be told.
create or replace function private.cancel_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_chunks integer;
begin
  perform from public.jobs as j where j.id = p_job_id and j.user_id = v_user for key share;
  if not found then
    perform private.refuse(
      404, 'job_not_found', 'there is no such job', 'Name one of your own jobs by its id.'
    );
  end if;

  perform from public.jobs_chunks as c
  where c.job_id = p_job_id and c.status in ('pending', 'running')
  order by c.id for no key update;

  -- The job first, because the trigger would end it in its own way.
  update public.jobs as j
  set
    status = 'cancelled',
    completed_at = now(),
    lost_iterations = greatest(j.total_iterations - j.completed_iterations, 0),
    result = case when j.completed_iterations > 0 then private.job_result(j.id) end
  where j.id = p_job_id and j.status in ('pending', 'running');
  if not found then
    perform private.refuse(
      409, 'job_not_open', 'this job has ended already', 'Only a job that is pending or running can be cancelled.'
    );
  end if;

  update public.jobs_chunks as c
  set status = 'cancelled', completed_at = now()
  where c.job_id = p_job_id and c.status in ('pending', 'running');
  get diagnostics v_chunks = row_count;
  -- What ran has left room.
  perform pg_notify('pending_chunk', '');

  return jsonb_build_object('jobId', p_job_id, 'status', 'cancelled', 'chunksCancelled', v_chunks);
end;
$$;

comment on function private.cancel_job(uuid) is 'The body of public.cancel_job.';

revoke all on function private.cancel_job(uuid) from public, anon, authenticated, service_role;
grant execute on function private.cancel_job(uuid) to authenticated;

-- In batches. Of replicated jobs only: whoever asks for no copies gets none.
create or replace function private.check_losers(p_limit integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_trust private.owner_trust;
  v_settings private.settings;
  v_jobs uuid[];
  v_chunks uuid[];
begin
  select t.* into v_trust from private.owner_trust as t where t.to_check > 0 order by t.owner limit 1;
  if not found then
    return 0;
  end if;
  select s.* into strict v_settings from private.settings as s;
  -- At random, where only some are checked.
  v_chunks := array(
    select c.id from public.nodes as n
    inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'completed'
    inner join public.jobs as j on j.id = c.job_id
    where n.user_id = v_trust.owner and j.replication <> 'none' and j.user_id <> n.user_id
      and not exists (select from private.checks as k where k.chunk_id = c.id)
    order by case when v_trust.to_check <= v_settings.audit_size then random() end, c.id
    limit least(p_limit, v_trust.to_check)
  );
  v_jobs := array(
    select j.id from public.jobs as j
    where j.id in (select c.job_id from public.jobs_chunks as c where c.id = any(v_chunks))
    for no key update skip locked
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.id = any(v_chunks) and c.job_id = any(v_jobs) for no key update skip locked
  );
  perform private.open_checks(
    v_chunks,
    case when v_trust.to_check <= v_settings.audit_size then 'audit' else 'taken back' end,
    v_trust.to_check > v_settings.audit_size
  );
  update private.owner_trust as t
  set to_check = case
    when v_chunks = '{}' or t.to_check <= v_settings.audit_size then 0 else t.to_check
  end
  where t.owner = v_trust.owner;
  return cardinality(v_chunks);
end;
$$;

comment on function private.check_losers(integer) is
'Lets what an owner who lost a dispute computed, and nobody checked, be computed once more; returns how many chunks.';

revoke all on function private.check_losers(integer) from public, anon, authenticated, service_role;

create or replace function private.checked_pools(p_pools text[], p_witness boolean)
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(c.class || p.pool)
  from unnest(p_pools) as p (pool)
  cross join (values ('spot:', true), ('quorum:', true), ('witness:', p_witness)) as c (class, open)
  where c.open;
$$;

comment on function private.checked_pools(text[], boolean) is
'Where replicated chunks wait whose nodes draw on these pools, and, for witnesses, what only they may run.';

revoke all on function private.checked_pools(text[], boolean) from public, anon, authenticated, service_role;

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

-- Judges, with all that is concerned locked, then writes.
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_iterations numeric[];
  v_results jsonb[];
  v_outcomes text[];
  v_reasons text[];
  v_must_check boolean[];
  v_held_back uuid[] := '{}';
begin
  if jsonb_typeof(p_results) is distinct from 'array' then
    perform private.refuse(
      400, 'results_not_an_array', 'the results are not a JSON array', 'Send p_results as [{"chunkId": …}, …].'
    );
  end if;

  select
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.iterations),
    array_agg(r.result), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_reasons
  from private.read_results(p_results) as r;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason), array_agg(r.must_check)
  into v_jobs, v_outcomes, v_reasons, v_must_check
  from private.judge_results(v_chunks, v_nodes, v_tokens, v_iterations, v_reasons) as r;

  if true = any(v_must_check) then
    v_held_back := private.hear_results(v_chunks, v_nodes, v_results, v_must_check);
  end if;

  update public.jobs_chunks as c
  set
    status = 'completed',
    completed_at = now(),
    result = r.result || jsonb_build_object('iterations', c.iterations),
    error = null,
    lease_expires_at = null,
    -- Of a late result for a chunk that is pending again nobody knows the node but the one who sends it. Locked against
    -- its deletion, and not waited for if that is under way: whoever deletes it may be waiting for these chunks.
    node_id = coalesce(
      c.node_id, (select n.id from public.nodes as n where n.id = r.node_id for key share skip locked)
    )
  from unnest(v_chunks, v_nodes, v_outcomes, v_results) as r (chunk_id, node_id, outcome, result)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted' and c.id <> all(v_held_back);

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;

-- Config, job and all chunks in one transaction. Whoever comes second with one config waits for the first and shares
-- its row; a user's calls pass one after the other, so whoever comes second with one request id finds the first one's
-- job, and no number of calls at once gets past the quota.
-- Here as in everything that runs with the owner's rights, pg_temp is named, last: where the search_path leaves it out,
-- a caller's temporary types come before the built-in ones, and so would the checks of a domain called text.
create or replace function private.create_job(
  p_config jsonb,
  p_iterations integer,
  p_access_type text,
  p_discord_server_id text,
  p_request_id uuid,
  p_replication text
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_settings private.settings;
  v_most bigint;
  v_hash text;
  v_job uuid;
  v_pool text;
  v_chunks bigint;
begin
  select s.* into strict v_settings from private.settings as s;

  if p_access_type is null or p_access_type not in ('private', 'public', 'user', 'discord') then
    perform private.refuse(
      400, 'access_type_unknown', 'there is no such access type', 'Use private, public, user or discord.'
    );
  end if;
  if p_replication is null or p_replication not in ('none', 'spot', 'quorum') then
    perform private.refuse(
      400, 'replication_unknown', 'there is no such replication', 'Use none, spot or quorum.'
    );
  end if;
  if p_access_type = 'discord' and coalesce(length(btrim(p_discord_server_id)), 0) not between 1 and 100 then
    perform private.refuse(
      400, 'discord_server_required', 'access type discord needs a Discord server',
      'Send the server''s id as p_discord_server_id.'
    );
  end if;
  v_most := least(v_settings.chunk_size::bigint * v_settings.max_chunks_per_job, v_settings.max_iterations_per_job);
  if p_iterations is null or p_iterations not between 1 and v_most then
    perform private.refuse(
      400, 'iterations_out_of_range', 'that is not a possible number of iterations',
      format('Ask for 1 to %s iterations.', v_most)
    );
  end if;
  perform private.check_config(p_config, v_settings.max_config_bytes);
  v_hash := public.hash_config(p_config);

  perform private.lock_user(v_user);
  -- Before rotation and quota: the job of the first call stands, even if its rotation has gone since.
  if p_request_id is not null then
    v_job := private.job_of_request(v_user, p_request_id, v_hash, p_iterations);
  end if;

  if v_job is null then
    perform private.check_open_jobs(v_user, v_settings.max_open_jobs_per_user);
    perform private.check_rotation(p_config, v_user);
    -- In place of a foreign key: docs/decisions/0016. A token outlives its account.
    perform from auth.users as u where u.id = v_user for key share;
    if not found then
      perform private.refuse(401, 'not_signed_in', 'this account is not there any more', 'Sign in with another one.');
    end if;
    perform private.take_jobs(v_user, ceil(p_iterations / v_settings.chunk_size::float8)::bigint, v_settings);

    insert into public.jobs_configs as c (hash, config) values (v_hash, p_config)
    on conflict (hash) do update set last_used_at = now();

    insert into public.jobs (user_id, config_hash, total_iterations, access_type, discord_server_id, request_id,
      replication
    )
    values (
      v_user, v_hash, p_iterations, p_access_type,
      case when p_access_type = 'discord' then btrim(p_discord_server_id) end, p_request_id,
      p_replication
    )
    returning id into v_job;

    v_pool := private.pool_of(p_access_type, v_user, btrim(p_discord_server_id));
    -- The owner's own nodes are believed, so what only they compute is never checked.
    if p_replication <> 'none' and p_access_type <> 'private' then
      v_pool := p_replication || ':' || v_pool;
    end if;
    -- A chunk's id is its job's with the last twelve digits counting: neighbours in the key's index, made at once.
    insert into public.jobs_chunks (id, job_id, user_id, pool, config_hash, iterations, seed_offset)
    select
      (left(v_job::text, 24) || lpad(to_hex(o.seed_offset), 12, '0'))::uuid, v_job, v_user, v_pool, v_hash,
      least(v_settings.chunk_size, p_iterations - o.seed_offset), o.seed_offset
    from generate_series(0, p_iterations - 1, v_settings.chunk_size) as o (seed_offset);
    get diagnostics v_chunks = row_count;
  else
    select count(*) into v_chunks from public.jobs_chunks as c where c.job_id = v_job;
  end if;
  return jsonb_build_object('jobId', v_job, 'chunks', v_chunks, 'configHash', v_hash);
end;
$$;

comment on function private.create_job(jsonb, integer, text, text, uuid, text) is 'The body of public.create_job.';

revoke all on function private.create_job(jsonb, integer, text, text, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function private.create_job(jsonb, integer, text, text, uuid, text) to authenticated;

-- Jobs without replication have the free test after their end, so it costs their chunks nothing. Ten seconds late, for
-- those whose end is not committed yet; one that takes longer misses the test.
create or replace function private.examine_ended_jobs()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from timestamptz;
  v_to timestamptz;
  v_jobs uuid[];
begin
  select l.examined_until into strict v_from from private.lots as l;
  v_jobs := array(
    select j.id from public.jobs as j
    where j.status in ('completed', 'failed', 'cancelled') and j.chunks_removed_at is null
      and coalesce(j.completed_at, j.created_at) > v_from
      and coalesce(j.completed_at, j.created_at) <= now() - interval '10 seconds'
    order by coalesce(j.completed_at, j.created_at)
    limit 1000
  );
  v_to := (
    select max(coalesce(j.completed_at, j.created_at)) from public.jobs as j where j.id = any(v_jobs)
  );
  if v_to is null then
    return;
  end if;
  perform private.examine_jobs(array(
    select j.id from public.jobs as j
    where j.id = any(v_jobs) and j.replication = 'none' and j.access_type <> 'private'
    for no key update skip locked
  ));
  update private.lots set examined_until = v_to;
end;
$$;

comment on function private.examine_ended_jobs() is 'The free test for the jobs that ended since it was called last.';

revoke all on function private.examine_ended_jobs() from public, anon, authenticated, service_role;

-- One grouped statement over the chunks of the jobs, only here: what trusted owners computed costs nothing before. The
-- chunks of a job are draws of one figure. The test is held against their median, which a few liars do not move; who
-- fails it is checked, not punished. Equal figures under different seeds come from a program that ignores the seed if
-- most chunks have them, else from an owner who computes nothing. The lot is drawn now, when the results are in, and
-- the same for a chunk however often it is drawn.
create or replace function private.examine_jobs(p_jobs uuid[])
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_odd uuid[];
  v_lot uuid[];
begin
  select array_agg(e.id) filter (where e.odd), array_agg(e.id) filter (where e.drawn and not e.odd)
  into v_odd, v_lot
  from (
    select
      c.id,
      r.chunks >= 4 and (
        abs(c.mean - r.mean) > s.odd_at * r.std * sqrt(1 / c.iterations::float8 + 1.6 / r.iterations)
        or r.std > 0 and 2 * count(*) over (partition by c.job_id, c.mean, c.std, c.lowest, c.highest) <= r.chunks
        and count(*) over (partition by c.job_id, c.mean, c.std, c.lowest, c.highest) > 1
      ) as odd,
      c.replication = 'spot'
      and hashtextextended(c.id::text || c.token, l.secret)::numeric / 18446744073709551616 + 0.5
        < greatest(s.spot_floor, 1 / greatest(c.valid, 1)::float8 * (not c.appointed)::integer) as drawn
    from (
      select
        c.id, c.job_id, c.iterations, c.attempt_token::text as token, j.replication, n.user_id <> j.user_id as strange,
        (c.result ->> 'meanDps')::float8 as mean, (c.result ->> 'stdDps')::float8 as std,
        (c.result ->> 'minDps')::float8 as lowest, (c.result ->> 'maxDps')::float8 as highest,
        coalesce(t.valid, 0) as valid, coalesce(t.appointed, false) as appointed
      from public.jobs as j
      cross join lateral (
        select * from public.jobs_chunks as c
        where c.job_id = j.id and c.status = 'completed' and c.result ? 'iterations'
      ) as c
      inner join public.nodes as n on n.id = c.node_id
      left join private.owner_trust as t on t.owner = n.user_id
      where j.id = any(p_jobs)
    ) as c
    inner join (
      select
        c.job_id, count(*) as chunks, sum(c.iterations)::float8 as iterations,
        percentile_cont(0.5) within group (order by (c.result ->> 'meanDps')::float8) as mean,
        percentile_cont(0.5) within group (order by (c.result ->> 'stdDps')::float8) as std
      from public.jobs_chunks as c
      where c.job_id = any(p_jobs) and c.status = 'completed' and c.result ? 'iterations'
      group by c.job_id
    ) as r on r.job_id = c.job_id
    cross join private.settings as s
    cross join private.lots as l
    where c.strange
  ) as e
  where e.odd or e.drawn;

  -- Whose chunks somebody is at work with are let be.
  v_odd := array(select c.id from public.jobs_chunks as c where c.id = any(v_odd) for no key update skip locked);
  v_lot := array(select c.id from public.jobs_chunks as c where c.id = any(v_lot) for no key update skip locked);
  return private.open_checks(v_odd, 'odd', true) + private.open_checks(v_lot, 'lot', false);
end;
$$;

comment on function private.examine_jobs(uuid[]) is
'The free test over the completed chunks of these jobs, and the lot of those that ask for it; returns how many checks it
opened. Call it with the jobs locked.';

revoke all on function private.examine_jobs(uuid[]) from public, anon, authenticated, service_role;

-- The same steps and the same locks as in private.complete_chunks, and before them the nodes': whoever deletes a node
-- locks it, then its chunks. Attempts are counted when they are assigned, so nothing is counted here; but a chunk that
-- is handed back by a node that stops was not tried, and costs none. Its token goes, so that it is handed back once.
-- Nor is the node given anything in a hurry: handing back without end would be a way to keep chunks from everybody.
create or replace function private.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_errors text[];
  v_handed_back boolean[];
  v_stopping uuid[];
  v_outcomes text[];
  v_reasons text[];
begin
  if jsonb_typeof(p_failures) is distinct from 'array' then
    perform private.refuse(
      400, 'failures_not_an_array', 'the failures are not a JSON array', 'Send p_failures as [{"chunkId": …}, …].'
    );
  end if;
  select s.* into strict v_settings from private.settings as s;

  select
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.error),
    array_agg(r.handed_back), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_errors, v_handed_back, v_reasons
  from private.read_failures(p_failures, v_settings.max_error_length) as r;

  perform from public.nodes as n
  where n.id = any(array(select c.node_id from public.jobs_chunks as c where c.id = any(v_chunks)))
  order by n.id for no key update;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
  from private.judge_results(v_chunks, v_nodes, v_tokens, null, v_reasons) as r;

  perform private.lower_quotas(
    array(
      select r.chunk_id from unnest(v_chunks, v_handed_back, v_outcomes) as r (chunk_id, handed_back, outcome)
      where r.outcome = 'accepted' and not r.handed_back
    ),
    v_settings
  );
  v_stopping := array(
    select c.node_id from unnest(v_chunks, v_handed_back, v_outcomes) as r (chunk_id, handed_back, outcome)
    inner join public.jobs_chunks as c on c.id = r.chunk_id
    where r.outcome = 'accepted' and r.handed_back and c.status = 'running'
  );
  if v_stopping <> '{}' then
    update public.nodes as n
    set status = 'offline', backoff_until = greatest(n.backoff_until, now() + v_settings.backoff_first)
    where n.id = any(v_stopping);
  end if;

  -- What is pending again already (its lease was over) stays so.
  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts and not r.handed_back then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts and not r.handed_back then now() end,
    attempts = c.attempts - (r.handed_back and c.status = 'running')::integer,
    attempt_token = case when not r.handed_back then c.attempt_token end,
    error = case when r.handed_back then c.error else r.error end,
    node_id = null,
    last_node_id = case when r.handed_back then c.last_node_id else coalesce(c.node_id, c.last_node_id) end,
    claimed_at = null,
    lease_expires_at = null
  from unnest(v_chunks, v_errors, v_handed_back, v_outcomes) as r (chunk_id, error, handed_back, outcome)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  -- There is room again, also where the chunk has failed for good.
  if 'accepted' = any(v_outcomes) then
    perform pg_notify('pending_chunk', '');
  end if;

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status not in ('pending', 'running'), false)
  from unnest(v_chunks, v_outcomes, v_reasons, v_jobs) with ordinality as r (chunk_id, outcome, reason, job_id, place)
  left join public.jobs as j on j.id = r.job_id and j.id = any(v_jobs)
  order by r.place;
end;
$$;

comment on function private.fail_chunks(jsonb) is 'The body of public.fail_chunks.';

revoke all on function private.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.fail_chunks(jsonb) to service_role;

create or replace function private.failed_by(p_chunk_id uuid, p_last_node_id uuid, p_node_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_node_id = p_last_node_id or exists (
    select from private.chunk_failures as f where f.chunk_id = p_chunk_id and f.node_id = p_node_id
  );
$$;

comment on function private.failed_by(uuid, uuid, uuid) is
'Did this node fail or lose the chunk, which was taken back last from p_last_node_id?';

revoke all on function private.failed_by(uuid, uuid, uuid) from public, anon, authenticated, service_role;

create or replace function private.give_chunks(
  p_chunks uuid[],
  p_nodes uuid[],
  p_must_check boolean[],
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
begin
  return query
  with assigned as (
    update public.jobs_chunks as c
    set
      status = 'running',
      node_id = p.node_id,
      claimed_at = now(),
      lease_expires_at = now() + p_lease,
      attempt_token = gen_random_uuid(),
      attempts = c.attempts + 1,
      must_check = p.must_check
    from unnest(p_chunks, p_nodes, p_must_check) as p (chunk_id, node_id, must_check)
    where c.id = p.chunk_id
    returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
  ),

  -- Once for each job, not for each chunk.
  configs as materialized (
    select g.hash, g.config from public.jobs_configs as g where g.hash in (select a.config_hash from assigned as a)
  )

  select a.*, g.config from assigned as a left join configs as g on g.hash = a.config_hash;
end;
$$;

comment on function private.give_chunks(uuid[], uuid[], boolean[], interval) is
'Assigns each chunk to the node beside it. Call it with all of them locked.';

revoke all on function private.give_chunks(uuid[], uuid[], boolean[], interval)
from public, anon, authenticated, service_role;

create or replace function private.has_another_node(p_node public.nodes)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from public.nodes as n
    cross join private.settings as s
    where n.user_id = p_node.user_id and n.id <> p_node.id
      and n.status = 'online' and n.last_seen_at >= now() - s.offline_after
      and least(n.max_parallel, n.total_cores) > 0 and (n.backoff_until is null or n.backoff_until <= now())
  );
$$;

comment on function private.has_another_node(public.nodes) is
'Has the owner of this node another one that is online and not left alone for its failures?';

revoke all on function private.has_another_node(public.nodes) from public, anon, authenticated, service_role;

create or replace function private.has_spoken(p_copy_id uuid, p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.checks as k
    inner join private.opinions as o on o.chunk_id = k.chunk_id and o.owner = p_owner
    where k.copy_id = p_copy_id
  );
$$;

comment on function private.has_spoken(uuid, uuid) is
'Has this owner computed the chunk already that this one is a copy of?';

revoke all on function private.has_spoken(uuid, uuid) from public, anon, authenticated, service_role;

-- What results mean beyond their chunks, for those marked at their assignment. A result that counts only once it is
-- confirmed is put aside, and its chunk stays running, without a node and for ever, until settle_checks has a verdict.
-- Nothing but the reported chunks is locked here, which they are already; verdicts need other locks.
create or replace function private.hear_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_results jsonb[],
  p_must_check boolean[]
)
returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_held_back uuid[];
  v_heard integer;
begin
  perform private.raise_quotas(
    array(select r.node_id from unnest(p_nodes, p_must_check) as r (node_id, must_check) where r.must_check)
  );

  insert into private.opinions (chunk_id, owner, node_id, result)
  select k.chunk_id, n.user_id, n.id, r.result || jsonb_build_object('iterations', c.iterations)
  from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
  inner join private.checks as k on k.copy_id = r.chunk_id
  inner join public.jobs_chunks as c on c.id = r.chunk_id
  inner join public.nodes as n on n.id = r.node_id
  where r.must_check
  on conflict do nothing;
  get diagnostics v_heard = row_count;

  -- Of what strangers computed: all where the job asks for it, and what new owners did.
  with strange as (
    select c.id, c.job_id, c.iterations, r.result, n.id as node_id, n.user_id as owner, j.replication
    from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
    inner join public.jobs_chunks as c on c.id = r.chunk_id
    inner join public.jobs as j on j.id = c.job_id
    inner join public.nodes as n on n.id = r.node_id
    where r.must_check and j.user_id <> n.user_id and c.pool ~ '^(spot|quorum):'
      and (j.replication = 'quorum' or not private.is_trusted(n.user_id))
  ),

  opened as (
    insert into private.checks (chunk_id, job_id, reason)
    select s.id, s.job_id, case s.replication when 'quorum' then 'quorum' else 'new owner' end from strange as s
    on conflict (chunk_id) do update set settled_at = null, verdict = null
  ),

  said as (
    insert into private.opinions (chunk_id, owner, node_id, result)
    select s.id, s.owner, s.node_id, s.result || jsonb_build_object('iterations', s.iterations) from strange as s
    on conflict (chunk_id, owner) do update set result = excluded.result, node_id = excluded.node_id, fresh = true
  )

  select array_agg(s.id) into v_held_back from strange as s;

  if v_held_back is not null then
    perform private.hold_back(v_held_back);
  end if;
  if v_held_back is not null or v_heard > 0 then
    perform pg_notify('pending_chunk', '');
  end if;
  return coalesce(v_held_back, '{}');
end;
$$;

comment on function private.hear_results(uuid[], uuid[], jsonb[], boolean[]) is
'Takes note of accepted results that have consequences; returns the chunks that must wait until theirs is confirmed.';

revoke all on function private.hear_results(uuid[], uuid[], jsonb[], boolean[])
from public, anon, authenticated, service_role;

-- The token stays, so that the node's report, if it is repeated, is answered as before.
create or replace function private.hold_back(p_chunks uuid[])
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update public.jobs_chunks as c
  set
    status = 'running', node_id = null, last_node_id = coalesce(c.node_id, c.last_node_id), lease_expires_at = 'infinity',
    result = null, completed_at = null
  where c.id = any(p_chunks);
$$;

comment on function private.hold_back(uuid[]) is
'Lets chunks run on without a node until there is a verdict on their result. Call it with the chunks locked.';

revoke all on function private.hold_back(uuid[]) from public, anon, authenticated, service_role;

create or replace function private.is_blocked(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from private.owner_trust as t where t.owner = p_owner and t.blocked_until > now());
$$;

comment on function private.is_blocked(uuid) is
'Has this owner lost a dispute of late, so that nobody else''s chunks go there?';

revoke all on function private.is_blocked(uuid) from public, anon, authenticated, service_role;

create or replace function private.is_trusted(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.owner_trust as t
    cross join private.settings as s
    where t.owner = p_owner and (t.appointed or t.valid >= s.trusted_at)
      and (t.blocked_until is null or t.blocked_until <= now())
  );
$$;

comment on function private.is_trusted(uuid) is
'Are the results of this owner''s nodes believed, but for a few that are checked?';

revoke all on function private.is_trusted(uuid) from public, anon, authenticated, service_role;

create or replace function private.is_witness(p_owner uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from private.owner_trust as t
    cross join private.settings as s
    where t.owner = p_owner and (t.appointed or t.valid >= s.witness_at)
      and (t.blocked_until is null or t.blocked_until <= now())
  );
$$;

comment on function private.is_witness(uuid) is 'May this owner''s nodes confirm what strangers computed?';

revoke all on function private.is_witness(uuid) from public, anon, authenticated, service_role;

-- One definition of a job's result, for the trigger and for the repair. In numeric, where sums are exact in any order,
-- and rounded once at the end; values that a double could not hold, and whatever is no JSON number, are left out (old
-- data was never checked).
create or replace function private.job_result(p_job_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    with chunk as materialized (
      select
        c.iterations,
        case when jsonb_typeof(c.result -> 'meanDps') = 'number' then (c.result -> 'meanDps')::numeric end as mean,
        case when jsonb_typeof(c.result -> 'stdDps') = 'number' then (c.result -> 'stdDps')::numeric end as std,
        case when jsonb_typeof(c.result -> 'minDps') = 'number' then (c.result -> 'minDps')::numeric end as lowest,
        case when jsonb_typeof(c.result -> 'maxDps') = 'number' then (c.result -> 'maxDps')::numeric end as highest
      from public.jobs_chunks as c
      where c.job_id = p_job_id and c.status = 'completed'
    ),

    -- One that lacks a mean counts in no figure. The spread needs a mean and a deviation of the same chunks.
    total as (
      select
        count(*) as chunks,
        coalesce(sum(iterations), 0) as iterations,
        sum(iterations) filter (where abs(mean) < 1e300) as n,
        sum(iterations * mean) filter (where abs(mean) < 1e300) as s,
        min(lowest) filter (where abs(mean) < 1e300 and abs(lowest) < 1e300) as lowest,
        max(highest) filter (where abs(mean) < 1e300 and abs(highest) < 1e300) as highest,
        sum(iterations) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sn,
        sum(iterations * mean) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as ss,
        sum(iterations * (std * std + mean * mean)) filter (where abs(mean) < 1e300 and std between 0 and 1e300) as sq
      from chunk
    )

    select jsonb_build_object(
      'meanDps', private.round_significant(s / nullif(n, 0)),
      'stdDps', private.round_significant(sqrt(spread) / sn),
      'standardError', private.round_significant(sqrt(spread / sn) / sn),
      'minDps', lowest,
      'maxDps', highest,
      'totalIterations', iterations,
      'chunksCompleted', chunks
    )
    from total
    -- Variance within the chunks plus variance between their means, times the square of the iterations: what one run
    -- over all iterations would have given. Nothing is lost in the difference: products and sums of numerics are exact.
    cross join lateral (select case when sn > 0 then greatest(sn * sq - ss * ss, 0) end as spread) as spread
  );
end;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
their standardError (these three to 15 significant digits), minDps, maxDps, totalIterations, chunksCompleted. Figures
are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;

-- Whoever was right gains, whoever was wrong loses all: blocked for an hour, then four, then for good. After a trusted
-- owner's first loss some of the results that nobody checked are checked, since it may be the hardware; after any other
-- all of them are. Losses are forgotten in time.
create or replace function private.judge_owners(p_chunk_id uuid, p_result jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_losers uuid[];
begin
  select s.* into strict v_settings from private.settings as s;
  v_losers := array(
    select o.owner from private.opinions as o
    where o.chunk_id = p_chunk_id and not private.same_result(o.result, p_result)
  );

  insert into private.owner_trust as t (owner, valid)
  select o.owner, 1 from private.opinions as o
  where o.chunk_id = p_chunk_id and o.owner <> all(v_losers)
  on conflict (owner) do update
  set valid = t.valid + 1, lost = case when t.valid + 1 >= v_settings.losses_lapse_at then 0 else t.lost end;

  insert into private.owner_trust as t (owner, lost, blocked_until, to_check)
  select l.owner, 1, now() + interval '1 hour', 2147483647 from unnest(v_losers) as l (owner)
  on conflict (owner) do update
  set
    valid = 0,
    lost = t.lost + 1,
    blocked_until = case t.lost
      when 0 then now() + interval '1 hour' when 1 then now() + interval '4 hours' else 'infinity'
    end,
    to_check = case
      when t.lost = 0 and t.valid >= v_settings.trusted_at then v_settings.audit_size else 2147483647
    end;

  -- What these run was given to them on trust.
  update public.jobs_chunks as c
  set must_check = true
  where c.id = any(array(
    select r.id from public.jobs_chunks as r
    inner join public.nodes as n on n.id = r.node_id
    where n.user_id = any(v_losers) and r.status = 'running' and not r.must_check
    for no key update of r skip locked
  ));
end;
$$;

comment on function private.judge_owners(uuid, jsonb) is
'Lets the owners of a chunk''s opinions gain or lose by the verdict.';

revoke all on function private.judge_owners(uuid, jsonb) from public, anon, authenticated, service_role;

-- The token of a chunk's latest attempt decides, in the hands of the node that it was given to: another one that has
-- come to know it has computed nothing. A node that was given none (an older one) is believed while it holds the chunk.
-- A chunk that was taken back keeps token and node of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it. The same chunk twice in one report: the first entry that is good enough
-- counts. A chunk whose result waits to be confirmed is done with. Jobs are locked before chunks, each in key order,
-- and before anything is judged: nobody can reassign or complete a chunk between the judgement and what the caller
-- writes. The share lock only keeps an owner from deleting the job in between, and lets other reports on the same job
-- pass.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, job_id uuid, outcome text, reason text, must_check boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  -- `any(array)` beside every join: of the rows of an unnest the planner knows nothing, and might read the whole table.
  perform from public.jobs as j
  where j.id = any(array(select c.job_id from public.jobs_chunks as c where c.id = any(p_chunks)))
  order by j.id for key share;

  return query
  with held as materialized (
    select
      c.id, c.job_id, c.status, c.iterations, c.attempt_token, c.attempts, coalesce(c.node_id, c.last_node_id) as node_id,
      c.must_check, c.status = 'running' and c.lease_expires_at = 'infinity' as held_back
    from public.jobs_chunks as c
    where c.id = any(p_chunks)
    order by c.id for no key update
  )

  select
    j.place, j.chunk_id, j.job_id,
    case
      when j.again or j.reason = 'completed_before' then 'already_done'
      when j.reason is null then 'accepted'
      when j.reason in ('reassigned', 'not_assigned', 'chunk_failed', 'chunk_cancelled') then 'superseded'
      else 'invalid'
    end,
    case when not j.again then j.reason when p_iterations is null then 'reported_before' else 'completed_before' end,
    j.must_check and j.reason is null and not j.again
  from (
    select
      r.place, r.chunk_id, c.job_id, c.must_check, j.reason,
      j.reason is null and row_number() over (partition by r.chunk_id, j.reason order by r.place) > 1 as again
    from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
      with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
    left join held as c on c.id = r.chunk_id
    cross join lateral (
      select case
        when r.problem = 'entry_malformed' then r.problem
        when c.id is null then 'chunk_unknown'
        when c.status = 'completed' or c.held_back then 'completed_before'
        when c.status in ('failed', 'cancelled') then 'chunk_' || c.status
        when r.problem is not null then r.problem
        when r.iterations <> c.iterations then 'iterations_differ'
        when r.token is not null and r.token is distinct from c.attempt_token then 'reassigned'
        when c.status = 'pending' and c.attempts = 0 then 'not_assigned'
        when r.node_id is distinct from c.node_id then 'reassigned'
      end as reason
    ) as j
  ) as j
  order by j.place;
end;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result or failure (which has no iterations), and why: accepted (no reason), already_done,
superseded or invalid; and whether an accepted one has consequences beyond its chunk. Locks the jobs and the chunks.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;

-- Deleting a job deletes its chunks, in the order in which they lie on disk. Everybody else locks the job before its
-- chunks, and those by key, so this does the same first.
create or replace function private.lock_chunks_of_job()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform from public.jobs as j where j.id = old.id for update;
  perform from public.jobs_chunks as c where c.job_id = old.id order by c.id for update;
  -- What runs leaves room.
  if old.status in ('pending', 'running') then
    perform pg_notify('pending_chunk', '');
  end if;
  return old;
end;
$$;

comment on function private.lock_chunks_of_job() is 'Locks the chunks of a job that is being deleted, by key.';

revoke all on function private.lock_chunks_of_job() from public, anon, authenticated, service_role;

-- Deleting a node sets node_id to null in its chunks, in the order in which they lie on disk. Everybody else locks
-- chunks by key, so this takes the locks by key first; without it, a completion of the same chunks ends in a deadlock.
-- That is for one node: of several in one statement, each one's chunks are locked after the last one's. Delete one at a
-- time, or leave it to cleanup_stale_data, which waits for nobody.
create or replace function private.lock_chunks_of_node()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform from public.jobs_chunks as c where c.node_id = old.id order by c.id for no key update;
  -- Its chunks stay, and will not know any more who completed them.
  insert into private.past_nodes (completed_on, node_id)
  select distinct (c.completed_at at time zone 'utc')::date, old.id
  from public.jobs_chunks as c
  where c.node_id = old.id and c.status = 'completed' and c.completed_at is not null
  on conflict do nothing;
  return old;
end;
$$;

comment on function private.lock_chunks_of_node() is
'Locks the chunks of a node that is being deleted, by key, and notes the days on which it completed any.';

revoke all on function private.lock_chunks_of_node() from public, anon, authenticated, service_role;

-- The failures of running chunks only: a failure that is reported twice counts once. A chunk that was claimed before
-- the node's last failure does not lengthen the back-off, or eight that fail together would be eight failures in a row.
-- A chunk that came to its end on several nodes, and nowhere else, was not their fault: they get back what it took.
-- Call it with the nodes and the chunks locked.
create or replace function private.lower_quotas(p_chunks uuid[], p_settings private.settings)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_blameless uuid[];
begin
  insert into private.chunk_failures (chunk_id, node_id)
  select c.id, c.node_id from public.jobs_chunks as c
  where c.id = any(p_chunks) and c.status = 'running' and c.node_id is not null
  order by c.id
  on conflict do nothing;

  update public.nodes as n
  set
    quota = q.quota,
    failed_at = now(),
    backoff_step = q.step,
    backoff_until = case
      when q.quota = 1
        then greatest(
          n.backoff_until,
          now() + least(p_settings.backoff_longest, p_settings.backoff_first * 2 ^ (q.step - 1))
        )
      else n.backoff_until
    end
  from (
    select
      m.id,
      greatest(least(m.quota, m.max_parallel, m.total_cores) >> least(f.failures, 20), 1) as quota,
      least(m.backoff_step + (f.latest > coalesce(m.failed_at, '-infinity'))::integer, 20) as step
    from (
      select c.node_id, count(*)::integer as failures, max(coalesce(c.claimed_at, now())) as latest
      from public.jobs_chunks as c
      where c.id = any(p_chunks) and c.status = 'running'
      group by c.node_id
    ) as f
    inner join public.nodes as m on m.id = f.node_id
  ) as q
  where n.id = q.id;

  -- What else it runs was given to it with a larger quota; a valid result of that raises the new one. Whatever is
  -- locked is passed over: waiting, with chunks locked, would be out of order.
  update public.jobs_chunks as c
  set must_check = true
  where c.id = any(array(
    select o.id from public.jobs_chunks as o
    where o.status = 'running' and not o.must_check and o.node_id in (
      select r.node_id from public.jobs_chunks as r where r.id = any(p_chunks) and r.status = 'running'
    )
    for no key update skip locked
  ));

  v_blameless := array(
    select f.node_id
    from public.jobs_chunks as c
    inner join private.chunk_failures as f on f.chunk_id = c.id
    where c.id = any(p_chunks) and c.status = 'running' and c.attempts >= p_settings.max_attempts
      and (select count(*) from private.chunk_failures as o where o.chunk_id = c.id) > 1
  );
  if v_blameless <> '{}' then
    perform private.raise_quotas(v_blameless);
  end if;
end;
$$;

comment on function private.lower_quotas(uuid[], private.settings) is
'Halves the quota of the nodes that run these chunks, for each of them, notes that they failed them, and leaves a node
that fails with a quota of one alone for a while.';

revoke all on function private.lower_quotas(uuid[], private.settings) from public, anon, authenticated, service_role;

-- The same threshold as in assign_chunks and assign_to_node, so a node is online for them exactly as long as it is
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_nodes uuid[];
  v_count integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;

  loop
    v_nodes := array(
      select n.id from public.nodes as n
      where n.status = 'online' and (n.last_seen_at is null or n.last_seen_at < now() - v_settings.offline_after)
      order by n.id limit v_settings.batch_size for no key update skip locked
    );
    update public.nodes as n set status = 'offline' where n.id = any(v_nodes);
    v_count := v_count + cardinality(v_nodes);
    exit when cardinality(v_nodes) < v_settings.batch_size;
  end loop;
  return v_count;
end;
$$;

comment on function private.mark_nodes_offline() is 'The body of public.mark_nodes_offline.';

revoke all on function private.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function private.mark_nodes_offline() to service_role;

-- The same rule by which assign_to_node and pair_chunks find chunks, asked of one node and one chunk.
create or replace function private.may_run(p_node_id uuid, p_owner uuid, p_pool text, p_user_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_owner = p_user_id or (
    not private.is_blocked(p_owner)
    and (p_pool not like 'witness:%' or private.is_witness(p_owner))
    and exists (
      select from private.shared_pools as s where s.node_id = p_node_id and s.pool = private.base_pool(p_pool)
    )
  );
$$;

comment on function private.may_run(uuid, uuid, text, uuid) is
'May this node of that owner run chunks that wait in a pool for a user?';

revoke all on function private.may_run(uuid, uuid, text, uuid) from public, anon, authenticated, service_role;

-- For a chunk whose turn came to a node that failed it, or whose owner computed it before. The least loaded other one
-- with room; none waits for its lock.
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
    and (n.backoff_until is null or n.backoff_until <= now())
    and private.may_run(n.id, n.user_id, v_chunk.pool, v_chunk.user_id)
    and private.failed_by(v_chunk.id, v_chunk.last_node_id, n.id) is not true
    and not private.has_spoken(v_chunk.id, n.user_id)
    and (private.base_pool(v_chunk.pool) = v_chunk.pool or n.user_id = v_chunk.user_id or private.is_trusted(n.user_id))
  order by b.running::float8 / least(n.max_parallel, n.total_cores, n.quota), n.last_seen_at desc
  limit 1
  for key share of n skip locked;
  return v_node;
end;
$$;

comment on function private.node_for_chunk(uuid) is
'A node with room that may run the chunk and has not failed it, locked against its deletion; null where there is none.';

revoke all on function private.node_for_chunk(uuid) from public, anon, authenticated, service_role;

-- A slow chunk on a living node is not stale: its lease goes on, but not for ever, or a node that hangs would keep it.
-- A node that names no chunks (an older one) means all that it holds, unless it says that it goes. Of two processes
-- with one key the one that is there stays the node, and the other one is told: until the first says that it goes, or
-- has been silent for settings.session_timeout. Its pace is kept in the same row, so it costs no write.
create or replace function private.node_heartbeat(
  p_public_key text,
  p_status text,
  p_running uuid[],
  p_session uuid
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_each interval;
  v_node public.nodes;
  v_chunks uuid[];
  v_cancelled uuid[];
begin
  if p_status is null or p_status not in ('online', 'offline') then
    perform private.refuse(400, 'status_unknown', 'there is no such status', 'Send online or offline.');
  end if;

  select s.* into strict v_settings from private.settings as s;
  v_each := interval '1 minute' / nullif(v_settings.heartbeats_per_minute, 0);

  update public.nodes as n
  set
    status = p_status, last_seen_at = now(), session_id = p_session,
    beats_due = greatest(n.beats_due, now()) + v_each
  where n.public_key = p_public_key and n.user_id is not null
    and (
      n.session_id is not distinct from p_session or n.status <> 'online'
      or n.last_seen_at is null or n.last_seen_at < now() - v_settings.session_timeout
    )
    and (v_each is null or n.beats_due is null or n.beats_due + v_each <= now() + interval '1 minute')
  returning n.* into v_node;
  if not found then
    perform private.refuse_heartbeat(p_public_key, p_session, v_settings);
  end if;

  -- What is locked is being completed, cancelled or taken back by somebody else.
  if p_running is not null then
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    );
  elsif p_status = 'online' then
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    );
  end if;
  -- Never shorter than it was.
  update public.jobs_chunks as c
  set
    lease_expires_at = greatest(
      c.lease_expires_at, least(now() + v_settings.stale_after, c.claimed_at + v_settings.lease_cap)
    )
  where c.id = any(v_chunks);

  if p_running is not null then
    v_cancelled := array(
      select distinct r.id from unnest(p_running) as r (id)
      where r.id is not null and not exists (
        select from public.jobs_chunks as c
        where c.id = r.id and c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      )
    );
  else
    -- For as long as the node may still be at work on them.
    v_cancelled := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = v_node.id and c.status = 'cancelled' and c.completed_at > now() - v_settings.lease_cap
      order by c.id
    );
  end if;

  return jsonb_build_object(
    'id', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel, 'status', v_node.status,
    'cancelled', to_jsonb(v_cancelled)
  );
end;
$$;

comment on function private.node_heartbeat(text, text, uuid[], uuid) is 'The body of public.node_heartbeat.';

revoke all on function private.node_heartbeat(text, text, uuid[], uuid) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeat(text, text, uuid[], uuid) to service_role;

-- What waits may find a place now, and nothing becomes pending that would say so.
create or replace function private.notify_room()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('pending_chunk', '');
  return null;
end;
$$;

comment on function private.notify_room() is
'Sends pending_chunk: there is room, or a permission, that was not there before.';

revoke all on function private.notify_room() from public, anon, authenticated, service_role;

-- For results that counted already. The owner's word comes first; what is then not equal to a second one is disputed.
-- With p_hold_back, a job that is still open waits for the verdict. Call it with the jobs and the chunks locked.
create or replace function private.open_checks(p_chunks uuid[], p_reason text, p_hold_back boolean)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_chunks uuid[];
begin
  with opened as (
    insert into private.checks as k (chunk_id, job_id, reason)
    select c.id, c.job_id, p_reason
    from public.jobs_chunks as c
    inner join public.nodes as n on n.id = c.node_id
    where c.id = any(p_chunks) and c.status = 'completed' and n.user_id is not null
    order by c.id
    on conflict do nothing
    returning k.chunk_id
  ),

  said as (
    insert into private.opinions (chunk_id, owner, node_id, result)
    select c.id, n.user_id, n.id, c.result
    from opened as o
    inner join public.jobs_chunks as c on c.id = o.chunk_id and c.id = any(p_chunks)
    inner join public.nodes as n on n.id = c.node_id
    on conflict do nothing
  )

  select array_agg(o.chunk_id) into v_chunks from opened as o;

  if v_chunks is null then
    return 0;
  end if;
  if p_hold_back then
    perform private.hold_back(array(
      select c.id from public.jobs_chunks as c
      inner join public.jobs as j on j.id = c.job_id
      where c.id = any(v_chunks) and j.status in ('pending', 'running')
    ));
  end if;
  perform pg_notify('pending_chunk', '');
  return cardinality(v_chunks);
end;
$$;

comment on function private.open_checks(uuid[], text, boolean) is
'Lets completed chunks be computed once more, for a reason; returns how many were not checked before.';

revoke all on function private.open_checks(uuid[], text, boolean) from public, anon, authenticated, service_role;

-- A job of nobody's with one chunk: nodes see a chunk like any other, and no count of the real job moves. It takes its
-- turn among the chunks of the real job's user. A second opinion may be anybody's, if one of the two is a witness's;
-- what is disputed is for witnesses only.
create or replace function private.order_copy(p_chunk public.jobs_chunks, p_job public.jobs, p_witness boolean)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job uuid := gen_random_uuid();
  v_copy uuid := (left(v_job::text, 24) || lpad(to_hex(p_chunk.seed_offset), 12, '0'))::uuid;
begin
  -- Whatever the real job says of its inputs, the copy says too.
  insert into public.jobs
  select r.* from jsonb_populate_record(
    p_job,
    jsonb_build_object(
      'id', v_job, 'user_id', null, 'total_iterations', p_chunk.iterations, 'completed_iterations', 0,
      'lost_iterations', 0, 'status', 'pending', 'result', null, 'error', null, 'created_at', now(), 'completed_at', null,
      'request_id', null, 'replication', 'copy', 'corrected_at', null, 'chunks_removed_at', null
    )
  ) as r;
  insert into public.jobs_chunks (id, job_id, user_id, pool, config_hash, iterations, seed_offset)
  values (
    v_copy, v_job, p_chunk.user_id,
    case when p_witness then 'witness:' else 'quorum:' end || private.base_pool(p_chunk.pool),
    p_chunk.config_hash, p_chunk.iterations, p_chunk.seed_offset
  );
  return v_copy;
end;
$$;

comment on function private.order_copy(public.jobs_chunks, public.jobs, boolean) is
'Lets a chunk be computed once more, by a witness or by anybody; returns the copy''s id.';

revoke all on function private.order_copy(public.jobs_chunks, public.jobs, boolean)
from public, anon, authenticated, service_role;

-- A user's nodes run all of the user's chunks, in whatever pool these wait; these are the pools where some may. A
-- copy's job is nobody's, but its chunk waits in the user's name.
create or replace function private.own_pools(p_user uuid, p_checked boolean)
returns setof text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  values ('private'), ('public'), ('user:' || p_user)
  union
  select 'guild:' || j.discord_server_id from public.jobs as j
  where j.user_id = p_user and j.status in ('pending', 'running') and j.access_type = 'discord';

  if p_checked then
    return query
    select c.class || o.pool from private.own_pools(p_user, false) as o (pool)
    cross join (values ('spot:'), ('quorum:'), ('witness:')) as c (class)
    where o.pool <> 'private';
  end if;
end;
$$;

comment on function private.own_pools(uuid, boolean) is
'The pools in which chunks of a user''s open jobs may wait, those of replicated jobs included if there are any.';

revoke all on function private.own_pools(uuid, boolean) from public, anon, authenticated, service_role;

-- Which chunk could go where. A chunk waits in the pool of its job's access type; and beside that all chunks of a user,
-- in whatever pool, are a pool of their own for that user's nodes. In each pool the users take turns for the slots: one
-- chunk of every user before the second of any, and of one user's jobs the least advanced first, so neither a big job
-- nor many of them hold others up; who comes first of equal turns is drawn anew for each transaction. The least loaded
-- nodes' slots come first, and of equals the node's that was seen last: it is the one most surely alive. A chunk or a
-- slot that is offered twice keeps the offer that comes first. Pools without a free node are not even read, so a wall
-- of chunks there hides nobody, and of the others no more than could come to pass; what that leaves out is for the next
-- round. A node that is left alone for its failures is in no pool but its owner's, and there only if the owner has no
-- other.
create or replace function private.pair_chunks(p_limit integer, p_aside uuid[], p_checked boolean)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
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
    select p.number, p.owner, p.room, p.pool, w.user_id
    from pools as p
    cross join lateral private.waiting_users(p.pool, null, p.room) as w
    where p.owner is null
    union all
    select p.number, p.owner, p.room, o.pool, p.owner
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

comment on function private.pair_chunks(integer, uuid[], boolean) is
'Up to p_limit pairs of a pending chunk, other than those of p_aside, and a node with room that may run it; each chunk
once, no node overfilled.';

revoke all on function private.pair_chunks(integer, uuid[], boolean) from public, anon, authenticated, service_role;

-- What a job computes is settled when it is submitted. The config never changes, as it is known by its hash; of the
-- rotation that it names, this keeps the text of now. A trigger, so that jobs of the transition's edge functions have
-- it too; what these name may be anything, so a rotation that is not there is no error here: create_job has looked. A
-- copy comes with the inputs of the job that it checks.
create or replace function private.pin_inputs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_script text;
begin
  if new.replication = 'copy' then
    return new;
  end if;
  select r.id, r.current_version, encode(sha256(convert_to(r.script, 'UTF8')), 'hex'), r.script
  into new.rotation_id, new.rotation_version, new.script_checksum, v_script
  from public.jobs_configs as c
  inner join public.rotations as r on r.id = case
    when c.config ->> 'rotationId' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then (c.config ->> 'rotationId')::uuid
  end
  where c.hash = new.config_hash;
  if found then
    if octet_length(v_script) > (select s.max_script_bytes from private.settings as s) then
      perform private.refuse(
        413, 'script_too_large', 'the script of the rotation is too large', 'Shorten it, or name another rotation.'
      );
    end if;
    insert into private.scripts as s (checksum, script) values (new.script_checksum, v_script)
    on conflict (checksum) do update set last_used_at = now();
  end if;
  return new;
end;
$$;

comment on function private.pin_inputs() is
'Writes version and checksum of the rotation that a new job''s config names into the job, and keeps the script.';

revoke all on function private.pin_inputs() from public, anon, authenticated, service_role;

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
  -- The end of an account comes here too, whether it had memberships or not.
  if not exists (select from changed_members) then
    return null;
  end if;
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
  -- Replicated chunks wait apart, but for those that only their owner's nodes may run.
  update public.jobs_chunks as c
  set pool = case when j.replication = 'none' or p.pool = 'private' then '' else j.replication || ':' end || p.pool
  from public.jobs as j
  cross join lateral private.pool_of(j.access_type, j.user_id, j.discord_server_id) as p (pool)
  where c.id = any(v_chunks) and j.id = c.job_id;
  -- A node whose owner has joined may run what waits already.
  perform pg_notify('pending_chunk', '');
  return null;
end;
$$;

comment on function private.place_members_chunks() is
'Moves the waiting chunks of those who joined or left a guild into the pool where they belong.';

revoke all on function private.place_members_chunks() from public, anon, authenticated, service_role;

-- For nodes below their full quota only, so it costs the others nothing. A node that somebody else has locked loses
-- this step: waiting for it, with chunks locked, could be waiting for whoever deletes it and waits for these chunks.
create or replace function private.raise_quotas(p_nodes uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_nodes uuid[];
begin
  v_nodes := array(
    select n.id from public.nodes as n where n.id = any(p_nodes) order by n.id for no key update skip locked
  );
  update public.nodes as n
  set
    quota = greatest(
      least(n.quota::bigint << least(g.results, 20), n.max_parallel, n.total_cores, s.max_chunks_per_node), 1
    ),
    backoff_step = 0,
    backoff_until = null
  from (select u.id, count(*)::integer as results from unnest(p_nodes) as u (id) group by u.id) as g
  cross join private.settings as s
  where n.id = any(v_nodes) and n.id = g.id
    and (
      n.backoff_step > 0 or n.backoff_until is not null
      or n.quota < least(n.max_parallel, n.total_cores, s.max_chunks_per_node)
    );
end;
$$;

comment on function private.raise_quotas(uuid[]) is
'Doubles the quota of these nodes for each time that they are named, one for each valid result, and ends their
back-off.';

revoke all on function private.raise_quotas(uuid[]) from public, anon, authenticated, service_role;

-- All that can be said of reported failures without their chunks; every cast is guarded, and no entry sinks another.
create or replace function private.read_failures(p_failures jsonb, p_max_length integer)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  error text,
  handed_back boolean,
  problem text
)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with entry as materialized (
    select
      e.place,
      case when i.chunk like p.shape and i.chunk ~ p.digits then i.chunk::uuid end as chunk_id,
      case when i.node like p.shape and i.node ~ p.digits then i.node::uuid end as node_id,
      case when i.token like p.shape and i.token ~ p.digits then i.token::uuid end as token,
      i.token is not null as has_token,
      nullif(btrim(left(e.entry ->> 'error', p_max_length)), '') as error,
      coalesce(e.entry -> 'handedBack' = 'true', false) as handed_back
    from jsonb_array_elements(p_failures) with ordinality as e (entry, place)
    cross join lateral (
      select e.entry ->> 'chunkId' as chunk, e.entry ->> 'nodeId' as node, e.entry ->> 'attemptToken' as token
    ) as i
    -- Two patterns, because one that counts each group's digits takes four times as long.
    cross join (
      values ('________-____-____-____-____________', '^[0-9a-fA-F]+(-[0-9a-fA-F]+){4}$')
    ) as p (shape, digits)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    coalesce(e.error, 'the node gave no reason'),
    e.handed_back,
    case when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed' end
  from entry as e
  order by e.place;
end;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, whether
it was only handed back, and its problem.';

revoke all on function private.read_failures(jsonb, integer) from public, anon, authenticated, service_role;

-- One batch for each call. The attempt's token stays: a late result counts as long as nobody else has been given the
-- chunk. What is locked is being completed, renewed or reaped by somebody else, so it can wait for the next time; and
-- as this waits for no chunk, it need not lock them in order. A chunk that somebody runs by writing the table (an edge
-- function of the transition) has no lease; its claim counts instead.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_nodes uuid[];
begin
  select s.* into strict v_settings from private.settings as s;

  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.status = 'running' and c.attempts < v_settings.max_attempts
      and (
        c.node_id is null and c.lease_expires_at is distinct from 'infinity'
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size for no key update skip locked
  );
  -- Those whose last attempt it was move their jobs. Whoever is deleting one of these waits for its chunks, so jobs
  -- that are being deleted are left alone.
  v_chunks := v_chunks || array(
    select c.id from public.jobs_chunks as c
    inner join public.jobs as j on j.id = c.job_id
    where c.status = 'running' and c.attempts >= v_settings.max_attempts
      and (
        c.node_id is null and c.lease_expires_at is distinct from 'infinity'
        or coalesce(c.lease_expires_at, coalesce(c.claimed_at, c.created_at) + v_settings.stale_after) < now()
      )
    limit v_settings.batch_size - cardinality(v_chunks) for no key update of c skip locked for key share of j skip locked
  );
  -- The chunk remembers the node that lost it last, and only what that displaces needs a row. Once for each node,
  -- however many chunks it lost: it went silent once. And no back-off: a node that loses a chunk has held its place for
  -- as long as the lease, so it cannot do so often.
  insert into private.chunk_failures (chunk_id, node_id)
  select c.id, c.last_node_id from public.jobs_chunks as c
  where c.id = any(v_chunks) and c.last_node_id <> c.node_id
  on conflict do nothing;
  v_nodes := array(
    select n.id from public.nodes as n
    where n.id in (select c.node_id from public.jobs_chunks as c where c.id = any(v_chunks))
    for no key update skip locked
  );
  update public.nodes as n
  set quota = greatest(least(n.quota, n.max_parallel, n.total_cores) / 2, 1)
  where n.id = any(v_nodes);

  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts then now() end,
    error = case
      when c.attempts >= v_settings.max_attempts then format('no answer from the node in attempt %s', c.attempts)
      else c.error
    end,
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  where c.id = any(v_chunks);
  -- There is room again, also where the chunk has failed for good.
  if v_chunks <> '{}' then
    perform pg_notify('pending_chunk', '');
  end if;
  -- Sentinels of before settle nothing themselves. With nothing in hand that anybody could wait for, since this waits
  -- for nobody.
  perform private.settle_checks(true);
  return cardinality(v_chunks);
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;

-- Name and parallelism are the node's first proposal and then its owner's to change; the rest is what the machine says
-- of itself, each time anew. The claim code lasts until somebody has claimed the node.
create or replace function private.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text,
  p_address text
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code text;
  v_settings private.settings;
  v_node public.nodes;
begin
  -- base64 has several spellings of the same bytes; one key must not become two nodes.
  if p_public_key is null or p_public_key !~ '^[A-Za-z0-9+/]{43}=$'
    or encode(decode(p_public_key, 'base64'), 'base64') <> p_public_key then
    perform private.refuse(
      400, 'public_key_malformed', 'that is no Ed25519 public key', 'Send 32 bytes in canonical base64, padded.'
    );
  end if;
  if p_total_cores is null or p_enabled_cores is null
    or p_total_cores not between 1 and 4096 or p_enabled_cores not between 1 and p_total_cores then
    perform private.refuse(
      400, 'cores_out_of_range', 'that is not a possible number of cores',
      'Send 1 to 4096 total cores, and of these at least one enabled.'
    );
  end if;
  v_code := private.claim_code(decode(p_public_key, 'base64'));

  select s.* into strict v_settings from private.settings as s;
  perform private.take(
    'registrations of a key', p_public_key, 1, v_settings.registrations_per_minute, '1 minute',
    'too_many_registrations', 'this node registers too often'
  );
  -- Keys cost nothing, so for new ones the address counts; an older sentinel names none.
  if p_address is not null and not exists (select from public.nodes as n where n.public_key = p_public_key) then
    perform private.take(
      'new nodes of an address', left(p_address, 64), 1, v_settings.new_nodes_per_address_per_hour, '1 hour',
      'too_many_registrations', 'too many new nodes come from this address'
    );
  end if;

  insert into public.nodes as n (public_key, claim_code, name, total_cores, max_parallel, platform, version)
  values (
    p_public_key, v_code, coalesce(nullif(left(btrim(p_hostname), 255), ''), 'My Node'), p_total_cores, p_enabled_cores,
    coalesce(left(p_platform, 255), 'unknown'), coalesce(left(p_version, 255), 'unknown')
  )
  on conflict (public_key) do update
  set
    total_cores = excluded.total_cores,
    platform = excluded.platform,
    version = excluded.version,
    -- It was started again, so it may be mended: one chunk will tell.
    backoff_until = null,
    claim_code = case when n.user_id is null then excluded.claim_code end
  returning n.* into v_node;

  return jsonb_build_object('id', v_node.id, 'claimCode', v_code, 'claimed', v_node.user_id is not null);
exception when unique_violation then
  -- 30 bits are few: another unclaimed node can have the same code.
  perform private.refuse(
    409, 'claim_code_taken', 'another node is waiting to be claimed under the same code',
    'Claim that node first, or make a new key pair.'
  );
end;
$$;

comment on function private.register_node(text, text, integer, integer, text, text, text) is
'The body of public.register_node.';

revoke all on function private.register_node(text, text, integer, integer, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function private.register_node(text, text, integer, integer, text, text, text) to service_role;

-- The job's lock comes first: of a job that has ended nobody locks chunks and then the job. The counters are read anew
-- from the chunks, and what a new job is asked is asked again: the rotation may be private by now, the open jobs many.
create or replace function private.retry_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_job public.jobs;
  v_present bigint;
  v_completed bigint;
  v_chunks integer;
begin
  perform private.lock_user(v_user);
  select j.* into v_job from public.jobs as j
  where j.id = p_job_id and j.user_id = v_user for no key update;
  if not found then
    perform private.refuse(
      404, 'job_not_found', 'there is no such job', 'Name one of your own jobs by its id.'
    );
  end if;
  if v_job.status <> 'failed' then
    perform private.refuse(
      409, 'job_not_failed', 'this job has not failed', 'Only a failed job can be tried again.'
    );
  end if;
  perform private.check_open_jobs(v_user, (select s.max_open_jobs_per_user from private.settings as s));
  perform private.check_rotation((select g.config from public.jobs_configs as g where g.hash = v_job.config_hash), v_user);

  select
    coalesce(sum(c.iterations), 0), coalesce(sum(c.iterations) filter (where c.status = 'completed'), 0),
    count(*) filter (where c.status = 'failed')
  into v_present, v_completed, v_chunks
  from public.jobs_chunks as c
  where c.job_id = p_job_id;
  if v_present < v_job.total_iterations or v_chunks = 0 then
    perform private.refuse(
      409, 'chunks_gone', 'chunks of this job are not there any more', 'Create the job anew.'
    );
  end if;

  perform private.take_jobs(v_user, v_chunks, (select s from private.settings as s));

  update public.jobs as j
  set
    status = case when v_completed > 0 then 'running' else 'pending' end,
    completed_iterations = v_completed,
    lost_iterations = v_present - v_completed,
    completed_at = null,
    result = null,
    error = null
  where j.id = p_job_id;

  delete from private.chunk_failures as f
  where f.chunk_id = any(array(
    select c.id from public.jobs_chunks as c where c.job_id = p_job_id and c.status = 'failed'
  ));
  update public.jobs_chunks as c
  set status = 'pending', attempts = 0, attempt_token = null, last_node_id = null, completed_at = null, error = null
  where c.job_id = p_job_id and c.status = 'failed';

  return jsonb_build_object(
    'jobId', p_job_id,
    'status', (select j.status from public.jobs as j where j.id = p_job_id),
    'chunksRetried', v_chunks
  );
end;
$$;

comment on function private.retry_job(uuid) is 'The body of public.retry_job.';

revoke all on function private.retry_job(uuid) from public, anon, authenticated, service_role;
grant execute on function private.retry_job(uuid) to authenticated;

-- Digits count from the first one that is not zero, so small figures keep as many as large ones. Fifteen are what every
-- double holds; further ones would be the noise of its last bit.
create or replace function private.round_significant(p_value numeric)
returns float8
language plpgsql
stable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- What is too small for a double is no error here, but zero.
  return case when abs(p_value) < 5e-324 then 0 else to_char(p_value, '9.99999999999999EEEE')::float8 end;
end;
$$;

comment on function private.round_significant(numeric) is
'The double nearest to a number rounded to 15 significant digits.';

revoke all on function private.round_significant(numeric) from public, anon, authenticated, service_role;

-- All five figures, because a liar may bend any of them. The same program on two machines may sum in another order, so
-- equal means: but for rounding.
create or replace function private.same_result(p_one jsonb, p_other jsonb)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(bool_and(abs(f.one - f.other) <= s.equal_within * greatest(abs(f.one), abs(f.other))), false)
  from private.settings as s
  cross join lateral (
    select (p_one ->> n.name)::numeric as one, (p_other ->> n.name)::numeric as other
    from unnest(array['meanDps', 'stdDps', 'minDps', 'maxDps', 'iterations']) as n (name)
  ) as f
  where p_one is not null and p_other is not null;
$$;

comment on function private.same_result(jsonb, jsonb) is
'Are all figures of two results equal, up to settings.equal_within?';

revoke all on function private.same_result(jsonb, jsonb) from public, anon, authenticated, service_role;

-- Two equal results of different owners, one of them a witness's or the job's own, are the verdict; and the operator's
-- or the job's own alone, where no other witness has spoken, or with few witnesses a dispute would have no end. Only
-- witnesses make anybody gain or lose: a job's owner could else make friends trusted, and ruin others, with jobs of
-- their own. It waits for nobody: what is locked is settled the next time.
create or replace function private.settle_check(p_chunk_id uuid)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_check private.checks;
  v_job public.jobs;
  v_chunk public.jobs_chunks;
  v_right private.opinions;
  v_node uuid;
  v_opinions integer;
  v_anchored boolean;
  v_waits boolean;
  v_changes boolean;
  v_verdict text;
begin
  select k.* into v_check from private.checks as k where k.chunk_id = p_chunk_id for no key update skip locked;
  if not found then
    return false;
  end if;
  select j.* into v_job from public.jobs as j where j.id = v_check.job_id for no key update skip locked;
  if not found and exists (select from public.jobs as j where j.id = v_check.job_id) then
    return false;
  end if;
  select c.* into v_chunk from public.jobs_chunks as c where c.id = p_chunk_id for no key update skip locked;
  if not found and exists (select from public.jobs_chunks as c where c.id = p_chunk_id) then
    return false;
  end if;
  update private.opinions as o set fresh = false where o.chunk_id = p_chunk_id and o.fresh;
  select s.* into strict v_settings from private.settings as s;
  v_waits := coalesce(v_chunk.status = 'running' and v_chunk.lease_expires_at = 'infinity', false);

  if v_waits or v_chunk.status = 'completed' then
    select count(*), bool_or(private.is_witness(o.owner) or o.owner = v_job.user_id)
    into v_opinions, v_anchored
    from private.opinions as o where o.chunk_id = p_chunk_id;

    select o.* into v_right
    from private.opinions as o
    cross join lateral (
      select
        count(*) as voices, bool_or(private.is_witness(e.owner)) as witnessed, bool_or(e.owner = v_job.user_id) as own
      from private.opinions as e
      where e.chunk_id = p_chunk_id and private.same_result(e.result, o.result)
    ) as e
    where o.chunk_id = p_chunk_id and v_opinions > 1 and (e.witnessed or e.own) and (
      e.voices > 1
      or (
        o.owner = v_job.user_id
        or exists (select from private.owner_trust as t where t.owner = o.owner and t.appointed)
      ) and not exists (
        select from private.opinions as w
        where w.chunk_id = p_chunk_id and w.owner <> o.owner and private.is_witness(w.owner)
      )
    )
    order by e.witnessed desc, e.voices desc, o.heard_at
    limit 1;

    if v_right.owner is not null then
      v_changes := v_waits or not private.same_result(v_chunk.result, v_right.result);
      v_verdict := case when v_changes and not v_waits then 'corrected' else 'confirmed' end;
      if exists (
        select from private.opinions as e
        where e.chunk_id = p_chunk_id and private.same_result(e.result, v_right.result) and private.is_witness(e.owner)
      ) then
        perform private.judge_owners(p_chunk_id, v_right.result);
      end if;
    elsif v_opinions >= v_settings.max_opinions then
      v_verdict := 'undecided';
    elsif v_check.copy_id is null or not exists (
      select from public.jobs_chunks as c where c.id = v_check.copy_id and c.status in ('pending', 'running')
    ) then
      update private.checks as k
      set copy_id = private.order_copy(v_chunk, v_job, v_opinions > 1 or not coalesce(v_anchored, false))
      where k.chunk_id = p_chunk_id;
      return true;
    else
      return false;
    end if;
  else
    v_verdict := 'moot';
  end if;

  update private.checks as k set settled_at = now(), verdict = v_verdict where k.chunk_id = p_chunk_id;
  if v_verdict = 'undecided' and v_waits then
    update public.jobs_chunks as c
    set
      status = 'failed', completed_at = now(), lease_expires_at = null,
      error = format('%s owners computed it, and no two came to the same result', v_opinions)
    where c.id = p_chunk_id;
  elsif v_changes then
    select n.id into v_node from public.nodes as n where n.id = v_right.node_id for key share skip locked;
    update public.jobs_chunks as c
    set
      status = 'completed', result = v_right.result, completed_at = coalesce(c.completed_at, now()), error = null,
      lease_expires_at = null, node_id = v_node
    where c.id = p_chunk_id;
    if not v_waits then
      update public.jobs as j
      set result = private.job_result(j.id), corrected_at = now()
      where j.id = v_job.id and j.status not in ('pending', 'running');
    end if;
  end if;
  return true;
end;
$$;

comment on function private.settle_check(uuid) is
'Comes to a verdict on a chunk, or lets it be computed once more; false if there is nothing to do yet.';

revoke all on function private.settle_check(uuid) from public, anon, authenticated, service_role;

-- One at a time, in a transaction of its own, and waiting for nobody: verdicts lock jobs, chunks and owners in whatever
-- order they come. In small batches, because whoever reports on one of these jobs waits.
create or replace function private.settle_checks(p_sweep boolean)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_count integer := 0;
  v_chunk uuid;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('private.settle_checks', 0)) then
    return 0;
  end if;
  for v_chunk in
    select distinct o.chunk_id from private.opinions as o where o.fresh limit 100
  loop
    v_count := v_count + private.settle_check(v_chunk)::integer;
  end loop;
  v_count := v_count + private.check_losers(100);

  if p_sweep then
    -- Copies that came to nothing, and chunks that are gone.
    for v_chunk in
      select k.chunk_id from private.checks as k
      where k.settled_at is null and (
        k.copy_id is not null and not exists (
          select from public.jobs_chunks as c where c.id = k.copy_id and c.status in ('pending', 'running')
        )
        or not exists (
          select from public.jobs_chunks as c where c.id = k.chunk_id and c.status in ('running', 'completed')
        )
      )
      order by k.opened_at
      limit 100
    loop
      v_count := v_count + private.settle_check(v_chunk)::integer;
    end loop;
    perform private.examine_ended_jobs();
    perform private.examine_jobs(array(
      select j.id from public.jobs as j
      where j.replication = 'spot' and j.status in ('pending', 'running')
        and j.completed_iterations >= 500 * (select s.chunk_size from private.settings as s)
      limit 10 for no key update skip locked
    ));
  end if;
  return v_count;
end;
$$;

comment on function private.settle_checks(boolean) is
'The body of public.settle_checks; with p_sweep it also looks after what came to nothing, and after jobs that
ended, or are long under way.';

revoke all on function private.settle_checks(boolean) from public, anon, authenticated, service_role;
grant execute on function private.settle_checks(boolean) to service_role;

-- One chunk until the first result is confirmed, two until the fifth, then four, those that wait to be confirmed
-- included. Names cost nothing, so new owners together hold a small share of what is replicated, and at least twenty
-- chunks.
create or replace function private.trial_room(p_owner uuid)
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
    least(
      v_hold - (
        select count(*) from public.nodes as n
        inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'running'
        where n.user_id = p_owner and c.pool ~ '^(spot|quorum|witness):'
      ) - (
        select count(*) from private.opinions as o
        inner join private.checks as k on k.chunk_id = o.chunk_id
        where o.owner = p_owner and k.settled_at is null
      ),
      20 + (
        select s.new_owner_share * count(*) from public.jobs_chunks as c
        where c.status = 'running' and c.pool ~ '^(spot|quorum|witness):'
      ) - (
        select count(*) from private.checks as k where k.settled_at is null and k.reason = 'new owner'
      )
    ),
    0
  )
  from private.settings as s;
end;
$$;

comment on function private.trial_room(uuid) is
'How many replicated chunks more may an owner hold who is not trusted yet?';

revoke all on function private.trial_room(uuid) from public, anon, authenticated, service_role;

-- Exposed, so it holds no privilege of its own; see private.complete_chunks.
create or replace function public.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select c.* from private.complete_chunks(p_results) as c;
$$;

comment on function public.complete_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "result": {"meanDps", "stdDps", "minDps", "maxDps", "iterations"}}, …]
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job
has ended by now, in whatever way. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array.
For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

-- Exposed, so it holds no privilege of its own: all that is done with the owner's rights is in schema private.
create or replace function public.create_job(
  p_config jsonb,
  p_iterations integer,
  p_access_type text default 'private',
  p_discord_server_id text default null,
  p_request_id uuid default null,
  p_replication text default 'none'
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_job(p_config, p_iterations, p_access_type, p_discord_server_id, p_request_id, p_replication);
$$;

comment on function public.create_job(jsonb, integer, text, text, uuid, text) is
'Creates a job with all its chunks and returns {"jobId", "chunks", "configHash"}. A call repeated with the same
p_request_id returns the job of the first. p_replication says which results of strangers'' nodes are computed
twice: none, spot (some, drawn by lot) or quorum (all). Errors (code in DETAIL): not_signed_in, access_type_unknown,
discord_server_required, replication_unknown, iterations_out_of_range, config_not_an_object, config_too_large,
config_too_deep, config_number_out_of_range, request_id_reused, too_many_open_jobs, rotation_not_found, script_too_large,
too_many_jobs, too_many_chunks (both 429 with Retry-After).';

revoke all on function public.create_job(jsonb, integer, text, text, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function public.create_job(jsonb, integer, text, text, uuid, text) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.fail_chunks.
create or replace function public.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select f.* from private.fail_chunks(p_failures) as f;
$$;

comment on function public.fail_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "error", "handedBack"?}, …], attempts that came to nothing: each chunk is
pending again, or failed after its last attempt. One handed back by a node that stops costs no attempt. Answers for
each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job has ended by now,
in whatever way. One bad entry never sinks the others. Error (code in DETAIL): failures_not_an_array. For the
sentinel.';

revoke all on function public.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.fail_chunks(jsonb) to service_role;

-- Exposed, so it holds no privilege of its own; see private.reap_stale_chunks.
create or replace function public.reap_stale_chunks()
returns integer
language sql
set search_path = ''
as $$
  select private.reap_stale_chunks();
$$;

comment on function public.reap_stale_chunks() is
'Takes running chunks back whose lease is over, or whose node is gone: they are pending again, or failed after their
last attempt. Returns how many: settings.batch_size at the most, the next call takes the rest. For the sentinel and
cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

-- Exposed, so it holds no privilege of its own; see private.settle_checks.
create or replace function public.settle_checks()
returns integer
language sql
set search_path = ''
as $$
  select private.settle_checks(false);
$$;

comment on function public.settle_checks() is
'Comes to a verdict on results that were computed more than once, or lets them be computed once more; returns how many
chunks that concerned. For the sentinel, before it assigns.';

revoke all on function public.settle_checks() from public, anon, authenticated, service_role;
grant execute on function public.settle_checks() to service_role;

-- Limits may have been raised.
create or replace trigger trg_room after update on private.settings
for each statement execute function private.notify_room();

-- A heartbeat of a node that is there already costs the condition only.
create or replace trigger trg_room after update of
status, user_id, max_parallel, total_cores, quota, backoff_until on public.nodes
for each row when (
  new.status = 'online' and new.user_id is not null and (
    old.status <> 'online' or old.user_id is null or new.max_parallel > old.max_parallel
    or new.total_cores > old.total_cores or new.quota > old.quota
    or old.backoff_until is not null and new.backoff_until is null
  )
)
execute function private.notify_room();

create or replace trigger trg_room after insert or update on public.nodes_permissions
for each statement execute function private.notify_room();

delete from private.alembic_version where version_num = '0042';
insert into private.alembic_version (version_num) values ('0043');
