-- Revision 0032, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0031' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0032', '0031', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

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
    returning j.id, j.completed_iterations::bigint + j.lost_iterations >= j.total_iterations as over
  )
  select array_agg(m.id) into v_over from moved as m where m.over;

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
  v_shared_pools text[];
  v_own_pools text[];
  v_after uuid;
  v_left bigint;
  v_ask bigint;
  v_pools text[];
  v_users uuid[];
  v_count bigint;
  v_must_check boolean;
  v_resting boolean;
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
      select case p.access_type when 'public' then 'public' else p.access_type || ':' || p.target_id end
      from public.nodes_permissions as p
      where p.node_id = p_node_id and p.access_type in ('public', 'user', 'guild') and not v_resting
    ),
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
          and (c.attempts = 0 or not private.better_elsewhere(c, p_node_id))
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
        must_check = v_must_check
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

  delete from private.chunk_failures as f
  where not exists (select from public.jobs_chunks as c where c.id = f.chunk_id);

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
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  if true = any(v_must_check) then
    perform private.raise_quotas(
      array(select r.node_id from unnest(v_nodes, v_must_check) as r (node_id, must_check) where r.must_check)
    );
  end if;

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
  p_request_id uuid
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

    insert into public.jobs_configs as c (hash, config) values (v_hash, p_config)
    on conflict (hash) do update set last_used_at = now();

    insert into public.jobs (user_id, config_hash, total_iterations, access_type, discord_server_id, request_id)
    values (
      v_user, v_hash, p_iterations, p_access_type,
      case when p_access_type = 'discord' then btrim(p_discord_server_id) end, p_request_id
    )
    returning id into v_job;

    v_pool := private.pool_of(p_access_type, v_user, btrim(p_discord_server_id));
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

comment on function private.create_job(jsonb, integer, text, text, uuid) is 'The body of public.create_job.';

revoke all on function private.create_job(jsonb, integer, text, text, uuid)
from public, anon, authenticated, service_role;
grant execute on function private.create_job(jsonb, integer, text, text, uuid) to authenticated;

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
  return old;
end;
$$;

comment on function private.lock_chunks_of_node() is 'Locks the chunks of a node that is being deleted, by key.';

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

-- For a chunk whose turn came to a node that failed it. The least loaded other one with room; none waits for its lock.
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
-- A node that names no chunks (an older one) means all that it holds, unless it says that it goes.
create or replace function private.node_heartbeat(p_public_key text, p_status text, p_running uuid[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_node public.nodes;
  v_chunks uuid[];
  v_cancelled uuid[];
begin
  if p_status is null or p_status not in ('online', 'offline') then
    perform private.refuse(400, 'status_unknown', 'there is no such status', 'Send online or offline.');
  end if;

  update public.nodes as n
  set status = p_status, last_seen_at = now()
  where n.public_key = p_public_key and n.user_id is not null
  returning n.* into v_node;
  if not found then
    perform from public.nodes as n where n.public_key = p_public_key;
    if found then
      perform private.refuse(
        404, 'node_unclaimed', 'this node has no owner yet', 'Claim it in the portal with its claim code.'
      );
    end if;
    perform private.refuse(404, 'node_unknown', 'this node is not known', 'Register it first.');
  end if;

  select s.* into strict v_settings from private.settings as s;
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

comment on function private.node_heartbeat(text, text, uuid[]) is 'The body of public.node_heartbeat.';

revoke all on function private.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeat(text, text, uuid[]) to service_role;

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
        c.node_id is null
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
        c.node_id is null
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
  return cardinality(v_chunks);
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;

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

-- Limits may have been raised.
create or replace trigger trg_room after update on private.settings
for each statement execute function private.notify_room();

-- A heartbeat of a node that is there already costs the condition only.
create or replace trigger trg_room after update on public.nodes
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

delete from private.alembic_version where version_num = '0031';
insert into private.alembic_version (version_num) values ('0032');
