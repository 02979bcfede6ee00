-- Revision 0006, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0005' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0006', '0005', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- What goes round: a node registers and reports, chunks are assigned to it, and it hands in their results.

alter table public.jobs_chunks
add column attempts integer not null default 0,
add column attempt_token uuid;
comment on column public.jobs_chunks.attempts is 'how often the chunk has been assigned';
comment on column public.jobs_chunks.attempt_token is 'the latest attempt; whoever hands in a result must know it';
update public.jobs_chunks set attempts = 1 where status = 'running';

-- Partial, so that they hold the work in hand and never the history. Each is built while writers wait.
create index idx_jobs_open on public.jobs (created_at) where status in ('pending', 'running');
create index idx_jobs_chunks_pending on public.jobs_chunks (job_id, seed_offset) where status = 'pending';
create index idx_jobs_chunks_running on public.jobs_chunks (node_id) where status = 'running';
-- No chunk is ever 'claimed', and the pending ones have no node: it served nobody.
drop index public.idx_jobs_chunks_node_status;

-- Node and database compute the same six letters from the key, so a node can show its code before anybody has asked.
create or replace function private.claim_code(p_key bytea)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(
    substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', ((k.number >> s.shift) & 31)::integer + 1, 1), '' order by s.n
  )
  from (
    select
      get_byte(h.hash, 0) * 16777216::bigint + get_byte(h.hash, 1) * 65536 + get_byte(h.hash, 2) * 256
      + get_byte(h.hash, 3)
    from (select sha256(p_key)) as h (hash)
  ) as k (number)
  cross join unnest(array[27, 22, 17, 12, 7, 2]) with ordinality as s (shift, n);
$$;

comment on function private.claim_code(bytea) is
'The claim code of a public key: the first 30 bits of its SHA-256, five for each letter.';

revoke all on function private.claim_code(bytea) from public, anon, authenticated, service_role;

-- Name and parallelism are the node's first proposal and then its owner's to change; the rest is what the machine says
-- of itself, each time anew. The claim code lasts until somebody has claimed the node.
create or replace function private.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code text;
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

comment on function private.register_node(text, text, integer, integer, text, text) is
'The body of public.register_node.';

revoke all on function private.register_node(text, text, integer, integer, text, text)
from public, anon, authenticated, service_role;
grant execute on function private.register_node(text, text, integer, integer, text, text) to service_role;

-- Exposed, so it holds no privilege of its own; see private.register_node.
create or replace function public.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.register_node(p_public_key, p_hostname, p_total_cores, p_enabled_cores, p_platform, p_version);
$$;

comment on function public.register_node(text, text, integer, integer, text, text) is
'Makes the node with this key known, or finds it again: {"id", "claimCode", "claimed"}. Errors (code in DETAIL):
public_key_malformed, cores_out_of_range, claim_code_taken. For the sentinel, which has checked the signature.';

revoke all on function public.register_node(text, text, integer, integer, text, text)
from public, anon, authenticated, service_role;
grant execute on function public.register_node(text, text, integer, integer, text, text) to service_role;

-- A slow chunk on a living node is not stale: the ones that the node names, and holds, are as good as claimed just now.
create or replace function private.node_heartbeat(p_public_key text, p_status text, p_running uuid[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_node public.nodes;
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

  if p_running is not null then
    with held as (
      select c.id from public.jobs_chunks as c
      where c.id = any(p_running) and c.node_id = v_node.id and c.status = 'running'
      order by c.id for no key update skip locked
    )
    update public.jobs_chunks as c
    set claimed_at = now()
    from held as h
    where c.id = any(p_running) and c.id = h.id;
  end if;

  return jsonb_build_object(
    'id', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel, 'status', v_node.status
  );
end;
$$;

comment on function private.node_heartbeat(text, text, uuid[]) is 'The body of public.node_heartbeat.';

revoke all on function private.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeat(text, text, uuid[]) to service_role;

-- Exposed, so it holds no privilege of its own; see private.node_heartbeat.
create or replace function public.node_heartbeat(
  p_public_key text,
  p_status text default 'online',
  p_running uuid[] default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.node_heartbeat(p_public_key, p_status, p_running);
$$;

comment on function public.node_heartbeat(text, text, uuid[]) is
'A claimed node is there, online or offline, and still computes the chunks named in p_running:
{"id", "name", "maxParallel", "status"}. Errors (code in DETAIL): node_unknown, node_unclaimed, status_unknown.
For the sentinel, which has checked the signature.';

revoke all on function public.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeat(text, text, uuid[]) to service_role;

-- Which chunk could go where. Who may run what is put as pools: every job draws on its owner's nodes, and by its access
-- type on one pool more; a node is in its owner's pool, and in one for each of its permissions. In each pool the chunks
-- queue in turn (one of every job before the second of any, so a big job does not hold up a small one) for the slots,
-- the least loaded nodes' first. A chunk or a slot that is offered twice keeps the offer that comes first.
-- Jobs without a free node are not even read, so a wall of them hides nobody.
create or replace function private.pair_chunks(p_limit integer, p_node_id uuid)
returns table (chunk_id uuid, node_id uuid, job_id uuid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with free_nodes as materialized (
    select n.id, n.user_id, b.running, least(n.max_parallel, n.total_cores) as capacity
    from public.nodes as n
    cross join private.settings as s
    cross join lateral (
      select count(*) as running from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running'
    ) as b
    where n.status = 'online' and n.user_id is not null and n.last_seen_at >= now() - s.offline_after
      and (p_node_id is null or n.id = p_node_id)
      and b.running < least(n.max_parallel, n.total_cores)
  ),

  pools as materialized (
    select 'owner:' || n.user_id as pool, n.id as node_id from free_nodes as n
    union
    select case p.access_type when 'public' then 'public' else p.access_type || ':' || p.target_id end, p.node_id
    from public.nodes_permissions as p
    inner join free_nodes as n on n.id = p.node_id
    where p.access_type in ('public', 'user', 'guild')
  ),

  draws as materialized (
    select j.id as job_id, j.created_at, a.pool
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
    where j.status in ('pending', 'running') and a.pool in (select p.pool from pools as p)
  ),

  waiting as materialized (
    select j.job_id, w.id as chunk_id, row_number() over (partition by j.job_id order by w.seed_offset, w.id) as turn
    from (select distinct d.job_id from draws as d) as j
    cross join lateral (
      select c.id, c.seed_offset from public.jobs_chunks as c
      where c.job_id = j.job_id and c.status = 'pending' and c.node_id is null
      order by c.seed_offset, c.id
      limit p_limit
    ) as w
  ),

  -- Pool and place as one key: of two, the planner may join on the pool alone and filter the product.
  queue as (
    select
      w.chunk_id, w.job_id, w.turn, d.created_at, d.pool,
      d.pool || ' ' || row_number() over (partition by d.pool order by w.turn, d.created_at, w.job_id) as place
    from waiting as w
    inner join draws as d on d.job_id = w.job_id
  ),

  slots as (
    select
      n.id as node_id, s.slot,
      p.pool || ' ' || row_number() over (
        partition by p.pool order by (n.running + s.slot)::float8 / n.capacity, n.id, s.slot
      ) as place
    from free_nodes as n
    cross join lateral generate_series(1, least(n.capacity - n.running, p_limit)) as s (slot)
    inner join pools as p on p.node_id = n.id
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
  v_count integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.assign_chunks', 0));

  -- Each round settles at least the pair that comes first, so the rounds end; one or two are the rule.
  while v_left > 0 loop
    select array_agg(p.chunk_id), array_agg(p.node_id), array_agg(p.job_id)
    into v_chunks, v_nodes, v_jobs
    from private.pair_chunks(v_left, p_node_id) as p;
    exit when v_chunks is null;

    -- Jobs before chunks, as in complete_chunks; and nobody may delete a job or a node under the assignment's feet.
    perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
    perform from public.nodes as n where n.id = any(v_nodes) order by n.id for key share;

    return query
    with free as (
      select c.id from public.jobs_chunks as c
      where c.id = any(v_chunks) and c.status = 'pending' and c.node_id is null
      order by c.id for no key update skip locked
    ),

    assigned as (
      update public.jobs_chunks as c
      set
        status = 'running',
        node_id = n.id,
        claimed_at = now(),
        attempt_token = gen_random_uuid(),
        attempts = c.attempts + 1
      from unnest(v_chunks, v_nodes) as p (chunk_id, node_id)
      inner join free as f on f.id = p.chunk_id
      inner join public.nodes as n on n.id = p.node_id
      where c.id = any(v_chunks) and c.id = p.chunk_id
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

-- All that can be said of reported results without their chunks. Nothing here may fail on what a node sent: one entry's
-- bad id or number must not sink the batch, so every cast is guarded. JSON has no NaN and no Infinity, and as text
-- ("NaN") they are no numbers.
create or replace function private.read_results(p_results jsonb)
returns table (
  place bigint,
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  iterations numeric,
  result jsonb,
  problem text
)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  with entry as materialized (
    select
      e.place,
      case when e.entry ->> 'chunkId' ~* p.uuid then (e.entry ->> 'chunkId')::uuid end as chunk_id,
      case when e.entry ->> 'nodeId' ~* p.uuid then (e.entry ->> 'nodeId')::uuid end as node_id,
      case when e.entry ->> 'attemptToken' ~* p.uuid then (e.entry ->> 'attemptToken')::uuid end as token,
      e.entry ->> 'attemptToken' is not null as has_token,
      case when jsonb_typeof(r.r -> 'meanDps') = 'number' then (r.r -> 'meanDps')::numeric end as mean,
      case when jsonb_typeof(r.r -> 'stdDps') = 'number' then (r.r -> 'stdDps')::numeric end as std,
      case when jsonb_typeof(r.r -> 'minDps') = 'number' then (r.r -> 'minDps')::numeric end as lowest,
      case when jsonb_typeof(r.r -> 'maxDps') = 'number' then (r.r -> 'maxDps')::numeric end as highest,
      case when jsonb_typeof(r.r -> 'iterations') = 'number' then (r.r -> 'iterations')::numeric end as iterations
    from jsonb_array_elements(p_results) with ordinality as e (entry, place)
    cross join lateral (select e.entry -> 'result') as r (r)
    cross join (values ('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')) as p (uuid)
  )

  select
    e.place,
    e.chunk_id,
    e.node_id,
    e.token,
    e.iterations,
    jsonb_build_object('meanDps', e.mean, 'stdDps', e.std, 'minDps', e.lowest, 'maxDps', e.highest),
    case
      when e.chunk_id is null or e.node_id is null or e.has_token and e.token is null then 'entry_malformed'
      when num_nulls(e.mean, e.std, e.lowest, e.highest, e.iterations) > 0 then 'result_not_numeric'
      when greatest(abs(e.mean), abs(e.std), abs(e.lowest), abs(e.highest)) >= 1e300
        or greatest(scale(e.mean), scale(e.std), scale(e.lowest), scale(e.highest)) > 400 then 'result_out_of_range'
      when e.std < 0 then 'std_negative'
      -- A mean of equal values, summed in doubles, may come out beside them by a rounding error.
      when e.mean < e.lowest - abs(e.lowest) * 1e-9 or e.mean > e.highest + abs(e.highest) * 1e-9
        or e.lowest > e.highest then 'mean_outside_range'
    end
  from entry as e;
$$;

comment on function private.read_results(jsonb) is
'The entries of a report in their order, each with its ids, its numbers, and the problem that makes it invalid.';

revoke all on function private.read_results(jsonb) from public, anon, authenticated, service_role;

-- The token of a chunk's latest attempt decides. A node that was given none (an older one) is believed while it holds
-- the chunk. A chunk that was taken back keeps the token of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it. Call it with the chunks locked.
create or replace function private.judge_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_tokens uuid[],
  p_iterations numeric[],
  p_problems text[]
)
returns table (place bigint, chunk_id uuid, outcome text, reason text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    r.place,
    r.chunk_id,
    case
      when j.reason = 'completed_before' then 'already_done'
      when j.reason in ('reassigned', 'not_assigned') then 'superseded'
      when j.reason is not null then 'invalid'
      else 'accepted'
    end,
    j.reason
  from unnest(p_chunks, p_nodes, p_tokens, p_iterations, p_problems)
    with ordinality as r (chunk_id, node_id, token, iterations, problem, place)
  left join public.jobs_chunks as c on c.id = r.chunk_id and c.id = any(p_chunks)
  cross join lateral (
    select case
      when r.problem = 'entry_malformed' then r.problem
      when c.id is null then 'chunk_unknown'
      when c.status = 'completed' then 'completed_before'
      when r.problem is not null then r.problem
      when r.iterations <> c.iterations then 'iterations_differ'
      when r.token is not null and r.token is distinct from c.attempt_token then 'reassigned'
      when r.token is null and c.status = 'running' and r.node_id is distinct from c.node_id then 'reassigned'
      when c.status not in ('pending', 'running') or c.attempts = 0 and c.status = 'pending' then 'not_assigned'
    end as reason
  ) as j;
$$;

comment on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]) is
'What becomes of each reported result, and why: accepted (no reason), already_done, superseded or invalid.';

revoke all on function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[])
from public, anon, authenticated, service_role;

-- Locks first, judges then, writes last: nobody can reassign or complete a chunk between the judgement and the write.
-- Jobs before chunks, each in key order; the share lock only keeps an owner from deleting the job in between, and lets
-- other completions of the same job pass.
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_chunks uuid[];
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
    array_agg(r.chunk_id order by r.place), array_agg(r.node_id order by r.place),
    array_agg(r.attempt_token order by r.place), array_agg(r.iterations order by r.place),
    array_agg(r.result order by r.place), array_agg(r.problem order by r.place)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_reasons
  from private.read_results(p_results) as r;

  -- `any(array)` beside every join: of the rows of an unnest the planner knows nothing, and might read the whole table.
  perform from public.jobs as j
  where j.id = any(array(select c.job_id from public.jobs_chunks as c where c.id = any(v_chunks)))
  order by j.id for key share;
  perform from public.jobs_chunks as c where c.id = any(v_chunks) order by c.id for no key update;

  -- The same chunk twice in one report: the first result that is good enough counts.
  select
    array_agg(case when v.again then 'already_done' else v.outcome end order by v.place),
    array_agg(case when v.again then 'completed_before' else v.reason end order by v.place)
  into v_outcomes, v_reasons
  from (
    select
      f.*,
      f.outcome = 'accepted' and row_number() over (partition by f.chunk_id, f.outcome order by f.place) > 1 as again
    from private.judge_results(v_chunks, v_nodes, v_tokens, v_iterations, v_reasons) as f
  ) as v;

  update public.jobs_chunks as c
  set
    status = 'completed',
    completed_at = now(),
    result = r.result || jsonb_build_object('iterations', c.iterations),
    -- Of a late result for a chunk that is pending again nobody knows the node but the one who sends it.
    node_id = coalesce(c.node_id, (select n.id from public.nodes as n where n.id = r.node_id))
  from unnest(v_chunks, v_nodes, v_outcomes, v_results) as r (chunk_id, node_id, outcome, result)
  where c.id = any(v_chunks) and c.id = r.chunk_id and r.outcome = 'accepted';

  -- After the triggers of that statement have moved the jobs on.
  return query
  select r.chunk_id, r.outcome, r.reason, coalesce(j.status = 'completed', false)
  from unnest(v_chunks, v_outcomes, v_reasons) with ordinality as r (chunk_id, outcome, reason, place)
  left join public.jobs_chunks as c on c.id = r.chunk_id and c.id = any(v_chunks)
  left join public.jobs as j on j.id = c.job_id
  order by r.place;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;

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
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job is
complete now. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array. For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;

delete from private.alembic_version where version_num = '0005';
insert into private.alembic_version (version_num) values ('0006');
