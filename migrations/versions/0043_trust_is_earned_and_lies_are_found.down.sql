drop function private.create_job(jsonb, integer, text, text, uuid, text);
drop function private.own_pools(uuid, boolean);
drop function private.pair_chunks(integer, uuid[], boolean);
drop function public.create_job(jsonb, integer, text, text, uuid, text);
drop function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]);
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
as $$
#variable_conflict use_column
declare
  v_left integer := p_limit;
  v_chunks uuid[];
  v_nodes uuid[];
  v_jobs uuid[];
  v_lease interval;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  select s.stale_after into strict v_lease from private.settings as s;

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    with alive as materialized (
      select n.id from public.nodes as n where n.id = any(v_nodes) order by n.id for key share
    )

    select array_agg(p.chunk_id), array_agg(p.node_id)
    into v_chunks, v_nodes
    from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
    where p.node_id in (select n.id from alive as n);

    -- Found and locked by their keys alone, then looked at: with the status as a condition, statistics from when nothing
    -- waited make the planner read all that waits, once for every pair.
    with held as materialized (
      select c.id, p.node_id, c.status = 'pending' and c.node_id is null as waits
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      inner join public.jobs_chunks as c on c.id = p.chunk_id
      order by c.id for no key update of c skip locked
    )

    select array_agg(h.id), array_agg(h.node_id) into v_chunks, v_nodes from held as h where h.waits;
    exit when v_chunks is null;

    return query
    with assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = p.node_id,
        claimed_at = now(),
        lease_expires_at = now() + v_lease,
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      where c.id = p.chunk_id
      returning c.id, c.node_id, c.attempt_token, c.job_id, c.iterations, c.seed_offset, c.config_hash
    ),

    -- Once for each job, not for each chunk.
    configs as materialized (
      select g.hash, g.config from public.jobs_configs as g where g.hash in (select a.config_hash from assigned as a)
    )

    select a.*, g.config from assigned as a left join configs as g on g.hash = a.config_hash;

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

-- Absent and somebody else's look the same, so that nobody learns which jobs exist. Chunks before the job, as they are
-- locked on completion; the share lock on the job only keeps it from being deleted meanwhile. A cancelled chunk keeps
-- its node, so that the node can be told.
create or replace function private.cancel_job(p_job_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
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
    -- In place of a foreign key: docs/decisions/0016. A token outlives its account.
    perform from auth.users as u where u.id = v_user for key share;
    if not found then
      perform private.refuse(401, 'not_signed_in', 'this account is not there any more', 'Sign in with another one.');
    end if;
    perform private.take_jobs(v_user, ceil(p_iterations / v_settings.chunk_size::float8)::bigint, v_settings);

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

-- The same steps and the same locks as in private.complete_chunks. Attempts are counted when they are assigned, so
-- nothing is counted here.
create or replace function private.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_settings private.settings;
  v_chunks uuid[];
  v_jobs uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_errors text[];
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
    array_agg(r.chunk_id), array_agg(r.node_id), array_agg(r.attempt_token), array_agg(r.error), array_agg(r.problem)
  into v_chunks, v_nodes, v_tokens, v_errors, v_reasons
  from private.read_failures(p_failures, v_settings.max_error_length) as r;

  select array_agg(r.job_id), array_agg(r.outcome), array_agg(r.reason)
  into v_jobs, v_outcomes, v_reasons
  from private.judge_results(v_chunks, v_nodes, v_tokens, null, v_reasons) as r;

  -- What is pending again already (its lease was over) stays so.
  update public.jobs_chunks as c
  set
    status = case when c.attempts >= v_settings.max_attempts then 'failed' else 'pending' end,
    completed_at = case when c.attempts >= v_settings.max_attempts then now() end,
    error = r.error,
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  from unnest(v_chunks, v_errors, v_outcomes) as r (chunk_id, error, outcome)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

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

-- One definition of a job's result, for the trigger and for the repair. In numeric, where sums are exact in any order;
-- values that a double could not hold, and whatever is no JSON number, are left out (old data was never checked).
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
      'meanDps', round(s / nullif(n, 0), 9)::float8,
      'stdDps', round(std, 9)::float8,
      'standardError', round(std / sqrt(sn::numeric), 9)::float8,
      'minDps', lowest,
      'maxDps', highest,
      'totalIterations', iterations,
      'chunksCompleted', chunks
    )
    from total
    -- Variance within the chunks plus variance between their means: what one run over all iterations would have given.
    cross join lateral (select sqrt(greatest(sn * sq - ss * ss, 0)) / nullif(sn, 0) as std) as spread
  );
end;
$$;

comment on function private.job_result(uuid) is
'The aggregate of a job''s completed chunks: meanDps and the pooled stdDps weighted by the chunks'' own iterations,
their standardError, minDps, maxDps, totalIterations, chunksCompleted. Figures are null where no chunk has any.';

revoke all on function private.job_result(uuid) from public, anon, authenticated, service_role;

-- The token of a chunk's latest attempt decides, in the hands of the node that it was given to: another one that has
-- come to know it has computed nothing. A node that was given none (an older one) is believed while it holds the chunk.
-- A chunk that was taken back keeps token and node of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it. The same chunk twice in one report: the first entry that is good enough
-- counts. Jobs are locked before chunks, each in key order, and before anything is judged: nobody can reassign or
-- complete a chunk between the judgement and what the caller writes. The share lock only keeps an owner from deleting
-- the job in between, and lets other reports on the same job pass.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, job_id uuid, outcome text, reason text)
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
    select c.id, c.job_id, c.status, c.iterations, c.attempt_token, c.attempts, coalesce(c.node_id, c.last_node_id) as node_id
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
    case when not j.again then j.reason when p_iterations is null then 'reported_before' else 'completed_before' end
  from (
    select
      r.place, r.chunk_id, c.job_id, j.reason,
      j.reason is null and row_number() over (partition by r.chunk_id, j.reason order by r.place) > 1 as again
    from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
      with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
    left join held as c on c.id = r.chunk_id
    cross join lateral (
      select case
        when r.problem = 'entry_malformed' then r.problem
        when c.id is null then 'chunk_unknown'
        when c.status = 'completed' then 'completed_before'
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
superseded or invalid. Locks the jobs and the chunks.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;

-- Deleting a job deletes its chunks, in the order in which they lie on disk. Everybody else locks the job before its
-- chunks, and those by key, so this does the same first.
create or replace function private.lock_chunks_of_job()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from public.jobs as j where j.id = old.id for update;
  perform from public.jobs_chunks as c where c.job_id = old.id order by c.id for update;
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

-- The same threshold as in pair_chunks, so a node is online for the scheduler exactly as long as it is here. A node
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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

-- A user's nodes run all of the user's chunks, in whatever pool these wait; these are the pools where some may.
create or replace function private.own_pools(p_user uuid)
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
end;
$$;

comment on function private.own_pools(uuid) is 'The pools in which chunks of a user''s open jobs may wait.';

revoke all on function private.own_pools(uuid) from public, anon, authenticated, service_role;

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

-- What a job computes is settled when it is submitted. The config never changes, as it is known by its hash; of the
-- rotation that it names, this keeps the text of now. A trigger, so that jobs of the transition's edge functions have
-- it too; what these name may be anything, so a rotation that is not there is no error here: create_job has looked.
create or replace function private.pin_inputs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_script text;
begin
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

-- All that can be said of reported failures without their chunks; every cast is guarded, and no entry sinks another.
create or replace function private.read_failures(p_failures jsonb, p_max_length integer)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  error text,
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
      nullif(btrim(left(e.entry ->> 'error', p_max_length)), '') as error
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
    case when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed' end
  from entry as e
  order by e.place;
end;
$$;

comment on function private.read_failures(jsonb, integer) is
'The entries of a report of failures in their order, each with its ids, its error cut to a length, and its problem.';

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
as $$
declare
  v_settings private.settings;
  v_chunks uuid[];
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
  -- Those whose last attempt it was move their jobs. Whoever is deleting one of these waits for its chunks, so jobs that
  -- are being deleted are left alone.
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
has ended by now, in whatever way. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array. For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

-- Exposed, so it holds no privilege of its own: all that is done with the owner's rights is in schema private.
create or replace function public.create_job(
  p_config jsonb,
  p_iterations integer,
  p_access_type text default 'private',
  p_discord_server_id text default null,
  p_request_id uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_job(p_config, p_iterations, p_access_type, p_discord_server_id, p_request_id);
$$;

comment on function public.create_job(jsonb, integer, text, text, uuid) is
'Creates a job with all its chunks and returns {"jobId", "chunks", "configHash"}. A call repeated with the same
p_request_id returns the job of the first. Errors (code in DETAIL): not_signed_in, access_type_unknown,
discord_server_required, iterations_out_of_range, config_not_an_object, config_too_large, config_too_deep,
config_number_out_of_range, request_id_reused, too_many_open_jobs, rotation_not_found, script_too_large, too_many_jobs,
too_many_chunks (both 429 with Retry-After).';

revoke all on function public.create_job(jsonb, integer, text, text, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.create_job(jsonb, integer, text, text, uuid) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.fail_chunks.
create or replace function public.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select f.* from private.fail_chunks(p_failures) as f;
$$;

comment on function public.fail_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "error"}, …], attempts that came to nothing: each chunk is pending again,
or failed after its last attempt. Answers for each, in their order: accepted, already_done, superseded or invalid, why,
and whether the chunk''s job has ended by now, in whatever way. One bad entry never sinks the others. Error (code in
DETAIL): failures_not_an_array. For the sentinel.';

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
last attempt. Returns how many: settings.batch_size at the most, the next call takes the rest. For the sentinel and cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

drop function private.base_pool(text);
drop function private.better_elsewhere(public.jobs_chunks, uuid);
drop function private.check_losers(integer);
drop function private.checked_pools(text[], boolean);
drop function private.examine_ended_jobs();
drop function private.examine_jobs(uuid[]);
drop function private.failed_by(uuid, uuid, uuid);
drop function private.give_chunks(uuid[], uuid[], boolean[], interval);
drop function private.has_another_node(public.nodes);
drop function private.has_spoken(uuid, uuid);
drop function private.hear_results(uuid[], uuid[], jsonb[], boolean[]);
drop function private.hold_back(uuid[]);
drop function private.is_blocked(uuid);
drop function private.is_trusted(uuid);
drop function private.is_witness(uuid);
drop function private.judge_owners(uuid, jsonb);
drop function private.lower_quotas(uuid[], private.settings);
drop function private.may_run(uuid, uuid, text, uuid);
drop function private.node_for_chunk(uuid);
drop function private.open_checks(uuid[], text, boolean);
drop function private.order_copy(public.jobs_chunks, public.jobs, boolean);
drop function private.raise_quotas(uuid[]);
drop function private.round_significant(numeric);
drop function private.same_result(jsonb, jsonb);
drop function private.settle_check(uuid);
drop function private.settle_checks(boolean);
drop function private.trial_room(uuid);
drop function public.settle_checks();
drop trigger trg_room on private.settings;
drop trigger trg_room on public.nodes;
drop trigger trg_room on public.nodes_permissions;
drop function private.notify_room();
