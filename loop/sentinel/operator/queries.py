"""Every statement that the pages read with; each is bounded, by a limit or by an index over what is open."""

from __future__ import annotations

from typing import LiteralString

# Rows of a page of a list, jobs that ended last among which failed ones are looked for, chunks of a story.
PAGE = 50
ENDED = 20_000
CHUNKS = 10_000

# What has been computed since some moment: of what is open all, of what has ended by the index over its end. Only the
# differences of two readings mean something. `later` is the same from a later moment, for the next reading to begin at.
DONE: LiteralString = """
select
  extract(epoch from clock_timestamp())::float8 as at,
  (o.iterations + e.since)::float8 as since,
  (o.iterations + e.later)::float8 as later
from (
  select coalesce(sum(j.completed_iterations), 0) as iterations
  from public.jobs as j where j.status in ('pending', 'running')
) as o
cross join (
  select
    coalesce(sum(j.completed_iterations), 0) as since,
    coalesce(sum(j.completed_iterations) filter (
      where coalesce(j.completed_at, j.created_at) > to_timestamp(%(later)s)
    ), 0) as later
  from public.jobs as j
  where j.status in ('completed', 'failed', 'cancelled') and j.chunks_removed_at is null
    and coalesce(j.completed_at, j.created_at) > to_timestamp(%(since)s)
) as e
"""

# As the scheduler counts room.
NODES: LiteralString = """
with held as materialized (
  select c.node_id, count(*) as chunks
  from public.jobs_chunks as c where c.status = 'running' and c.node_id is not null group by c.node_id
)
select
  count(*) filter (where n.status = 'online' and n.user_id is not null) as online,
  count(*) filter (where n.status = 'offline') as offline,
  count(*) filter (where n.user_id is null) as unclaimed,
  count(*) filter (where n.status = 'online' and n.backoff_until > now()) as paused,
  coalesce(sum(s.slots) filter (where n.status = 'online' and n.user_id is not null), 0)::float8 as slots,
  coalesce(sum(h.chunks), 0)::float8 as held,
  coalesce(sum(greatest(s.slots - coalesce(h.chunks, 0), 0))
    filter (where n.status = 'online' and n.user_id is not null), 0)::float8 as room
from public.nodes as n
cross join lateral (select least(n.max_parallel, n.total_cores, n.quota) as slots) as s
left join held as h on h.node_id = n.id
"""

# The index of what waits has pool and user, so no chunk is read. The five users of a pool with most, and how many.
QUEUE: LiteralString = """
with waiting as materialized (
  select c.pool, c.user_id, count(*) as chunks
  from public.jobs_chunks as c
  where c.status = 'pending' and c.node_id is null
  group by c.pool, c.user_id
),
placed as (
  select w.*, row_number() over (partition by w.pool order by w.chunks desc, w.user_id) as place from waiting as w
)
select
  p.pool, sum(p.chunks)::float8 as chunks, count(*) as users,
  jsonb_agg(jsonb_build_object('user', p.user_id, 'chunks', p.chunks) order by p.place)
    filter (where p.place <= 5) as most
from placed as p
group by p.pool
order by chunks desc
limit 50
"""

# Of the jobs that ended within a day, the latest `ENDED`.
FAILURES: LiteralString = """
with ended as materialized (
  select j.status, left(j.error, 200) as error
  from public.jobs as j
  where j.status in ('completed', 'failed', 'cancelled') and j.chunks_removed_at is null
    and coalesce(j.completed_at, j.created_at) > now() - interval '1 day'
  order by coalesce(j.completed_at, j.created_at) desc
  limit %(ended)s
),
reasons as (
  select e.error, count(*) as jobs from ended as e where e.status = 'failed' group by e.error
  order by jobs desc, e.error limit 5
)
select
  count(*) as ended, count(*) filter (where e.status = 'failed') as failed,
  (
    select jsonb_agg(jsonb_build_object('error', r.error, 'jobs', r.jobs) order by r.jobs desc) from reasons as r
  ) as reasons
from ended as e
"""

DISPUTES: LiteralString = "select count(*) as open from private.checks as k where k.settled_at is null"

# Of sessions that this login may not look into, only how many there are is known.
HEALTH: LiteralString = """
select
  current_setting('server_version') as version,
  pg_database_size(current_database())::float8 as bytes,
  d.numbackends as sessions,
  current_setting('max_connections')::integer as sessions_max,
  case when d.blks_hit + d.blks_read > 0 then d.blks_hit::float8 / (d.blks_hit + d.blks_read) end as cache_hits,
  d.deadlocks,
  a.oldest::float8 as oldest_transaction, a.waiting as waiting_for_locks, a.hidden as hidden_sessions,
  t.n_live_tup::float8 as chunks, t.n_dead_tup::float8 as dead_chunks, t.vacuumed_at,
  age(b.datfrozenxid)::float8 / 2147483648 as wraparound
from pg_stat_database as d
inner join pg_database as b on b.oid = d.datid
cross join (
  select
    max(extract(epoch from clock_timestamp() - s.xact_start)) as oldest,
    count(*) filter (where s.wait_event_type = 'Lock') as waiting,
    count(*) filter (where s.state is null) as hidden
  from pg_stat_activity as s
  where s.datname = current_database() and s.backend_type = 'client backend' and s.pid <> pg_backend_pid()
) as a
cross join (
  select s.n_live_tup, s.n_dead_tup, greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at
  from pg_stat_user_tables as s where s.relid = 'public.jobs_chunks'::regclass
) as t
where d.datname = current_database()
"""

_NODE_LIST = """
with page as (
  select n.*, count(*) over () as total
  from public.nodes as n
  {trust_join}
  where case %(state)s
      when 'online' then n.status = 'online' when 'offline' then n.status = 'offline'
      when 'unclaimed' then n.user_id is null when 'paused' then n.backoff_until > now()
      when 'blocked' then {blocked} else true
    end
    and (%(search)s = '' or position(lower(%(search)s) in lower(n.name)) > 0 or n.id::text like %(search)s || '%%'
      or n.user_id::text like %(search)s || '%%')
  order by n.last_seen_at desc nulls last, n.id
  limit %(page)s offset %(offset)s
)
select
  n.id, n.name, n.user_id as owner, n.status, n.last_seen_at, n.version, n.platform, n.quota, n.total,
  least(n.max_parallel, n.total_cores, n.quota) as slots,
  case when n.backoff_until > now() then n.backoff_until end as paused_until,
  (select count(*) from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running') as held
  {trust}
from page as n
{trust_join}
order by n.last_seen_at desc nulls last, n.id
"""
NODE_LIST: LiteralString = _NODE_LIST.format(trust="", trust_join="", blocked="false")
NODE_LIST_WITH_TRUST: LiteralString = _NODE_LIST.format(
    trust=""", t.appointed, t.valid, t.lost,
  case when isfinite(t.blocked_until) then t.blocked_until end as blocked_until,
  coalesce(t.blocked_until > now(), false) as blocked,
  coalesce(t.appointed or t.valid >= (select s.trusted_at from private.settings as s), false) as trusted""",
    trust_join="left join private.owner_trust as t on t.owner = n.user_id",
    blocked="t.blocked_until > now()",
)

_JOB: LiteralString = """
select
  j.id, j.user_id as owner, j.status, j.total_iterations, j.completed_iterations, j.lost_iterations, j.access_type,
  j.replication, j.created_at, j.completed_at, j.corrected_at, left(j.error, 2000) as error, {more}
"""
OPEN_JOBS: LiteralString = (
    _JOB.format(more="count(*) over () as total")
    + """
from public.jobs as j where j.status in ('pending', 'running')
order by j.created_at desc, j.id
limit %(page)s offset %(offset)s
"""
)
# The index over ended jobs is read from its end.
_FAILED_JOBS = """
with ended as materialized (
  select j.* from public.jobs as j
  where j.status in ('completed', 'failed', 'cancelled') and j.chunks_removed_at is null
  order by coalesce(j.completed_at, j.created_at) desc
  limit %(ended)s
)
{job}
from ended as j where j.status = 'failed'
order by coalesce(j.completed_at, j.created_at) desc, j.id
limit %(page)s offset %(offset)s
"""
FAILED_JOBS: LiteralString = _FAILED_JOBS.format(job=_JOB.format(more="count(*) over () as total"))

DISPUTE_LIST: LiteralString = """
with page as (
  select k.*, count(*) over () as total
  from private.checks as k
  where case when %(state)s = 'open' then k.settled_at is null else k.verdict in ('corrected', 'undecided') end
  order by coalesce(k.settled_at, k.opened_at) desc, k.chunk_id
  limit %(page)s offset %(offset)s
)
select
  k.chunk_id, k.job_id, k.reason, k.opened_at, k.settled_at, k.verdict, k.total,
  (
    select jsonb_agg(
      jsonb_build_object('owner', o.owner, 'node', o.node_id, 'mean', o.result -> 'meanDps') order by o.heard_at
    )
    from private.opinions as o where o.chunk_id = k.chunk_id
  ) as opinions
from page as k
order by coalesce(k.settled_at, k.opened_at) desc, k.chunk_id
"""

JOB: LiteralString = (
    _JOB.format(more="j.result, j.config_hash, j.chunks_removed_at, now() as now")
    + "from public.jobs as j where j.id = %(job)s"
)
JOB_CHUNKS: LiteralString = """
select
  c.id, c.status, c.iterations, c.attempts, coalesce(c.node_id, c.last_node_id) as node, c.claimed_at, c.completed_at,
  left(c.error, 300) as error, c.result, c.status = 'running' and c.lease_expires_at = 'infinity' as held_back
from public.jobs_chunks as c
where c.job_id = %(job)s
order by coalesce(c.completed_at, c.claimed_at, c.created_at), c.seed_offset
limit %(chunks)s
"""
JOB_CHECKS: LiteralString = """
select k.chunk_id, k.reason, k.verdict
from private.checks as k
where k.chunk_id = any(array(select c.id from public.jobs_chunks as c where c.job_id = %(job)s))
"""
NODE_NAMES: LiteralString = "select n.id, n.name from public.nodes as n where n.id = any(%(nodes)s)"
