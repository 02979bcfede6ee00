"""A service in the middle of its day, of any size: nodes, jobs in every state, checks, and names that mean harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg

HOSTILE = ("<script>document.title='owned'</script>", "\u202eedoc-lived \u05e9\u05dc\u05d5\u05dd", "W" * 255)

# One job that is told from its beginning: half done, with second attempts, a corrected chunk and one that failed.
STORY = "5707c0de-0000-4000-8000-000000000001"
OWNER = "0c0ffee0-0000-4000-8000-000000000001"

_USERS: LiteralString = """
insert into auth.users (id, email)
select ('0c0ffee0-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'user' || i || '@example.org'
from generate_series(1, 40) as i
"""

_NODES: LiteralString = """
insert into public.nodes (
  user_id, name, max_parallel, total_cores, status, last_seen_at, version, platform, public_key, quota, backoff_until,
  backoff_step
)
select
  case when i %% 41 <> 0 then ('0c0ffee0-0000-4000-8000-' || lpad((1 + i %% 40)::text, 12, '0'))::uuid end,
  coalesce(
    (%(hostile)s::text[])[i],
    (array['attic', 'tower', 'studio', 'garage', 'laptop', 'den', 'lab', 'shelf'])[1 + i %% 8] || '-'
      || lpad(i::text, 2, '0')
  ),
  c.cores, c.cores,
  case when i %% 41 = 0 then 'pending' when i %% 11 = 5 then 'offline' else 'online' end,
  now() - case when i %% 11 = 5 then i %% 7 * interval '9 hours' + interval '20 minutes'
    else i %% 50 * interval '1 second' end,
  '1.' || i %% 4, (array['linux x86_64', 'windows amd64', 'darwin arm64'])[1 + i %% 3],
  lpad(i::text, 44, 'k'), case when i %% 13 = 3 then 1 else c.cores end,
  case when i %% 13 = 3 then now() + interval '8 minutes' end, case when i %% 13 = 3 then 3 else 0 end
from generate_series(1, %(nodes)s) as i
cross join lateral (select (array[4, 8, 8, 16, 12, 2])[1 + i %% 6] as cores) as c
"""

_CONFIGS: LiteralString = (
    "insert into public.jobs_configs (hash, config) values (repeat('a', 64), '{\"baseDps\": 1200}')"
)

# Ended ones first, then open ones; of the ended ones every ninth failed.
_JOBS: LiteralString = """
insert into public.jobs (
  id, user_id, config_hash, total_iterations, completed_iterations, status, created_at, completed_at, access_type,
  error, lost_iterations, replication
)
select
  gen_random_uuid(), ('0c0ffee0-0000-4000-8000-' || lpad((1 + i / 3 %% 40)::text, 12, '0'))::uuid, repeat('a', 64),
  %(chunks)s * 1000,
  case when k.status = 'completed' then %(chunks)s * 1000 when k.status = 'failed' then 7000 else 0 end,
  k.status, now() - i * interval '1 minute', case when k.status <> 'pending' then now() - i * interval '50 seconds' end,
  (array['public', 'private', 'public', 'public'])[1 + i %% 4],
  case when k.status = 'failed' then (array[
    'program exited with status 139', 'out of memory: the chunk may have 512 MiB', 'program exited with status 139',
    'no result within 600 s', '<img src=x onerror="document.title=1">', repeat('trace ', 3500)
  ])[1 + floor(i / 9)::integer %% 6] end,
  case when k.status = 'failed' then 3000 else 0 end, (array['none', 'none', 'spot', 'quorum'])[1 + i %% 4]
from generate_series(1, %(jobs)s) as i
cross join lateral (
  select case when i <= %(jobs)s / 2 then 'pending' when i %% 9 = 0 then 'failed' else 'completed' end as status
) as k
"""

# What has ended has lost its chunks in this picture; open jobs have theirs waiting.
_CHUNKS: LiteralString = """
insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset, user_id, pool)
select
  j.id, j.config_hash, 1000, 1000 * i, j.user_id,
  case when j.replication in ('spot', 'quorum') and j.access_type = 'public' then j.replication || ':' else '' end
    || j.access_type
from public.jobs as j
cross join generate_series(1, %(chunks)s) as i
where j.status = 'pending'
"""

_RUNNING: LiteralString = """
with slot as (
  select n.id, row_number() over () as place
  from public.nodes as n
  cross join lateral generate_series(1, greatest(n.quota - 1, 0)) as s
  where n.status = 'online' and n.user_id is not null
),
taken as (
  select c.id, row_number() over () as place from public.jobs_chunks as c where c.status = 'pending'
  limit (select count(*) from slot)
)
update public.jobs_chunks as c
set
  status = 'running', node_id = s.id, claimed_at = now() - random() * interval '50 seconds', attempts = 1,
  lease_expires_at = now() + interval '4 minutes'
from taken as t inner join slot as s on s.place = t.place
where c.id = t.id
"""

_STORY: LiteralString = """
insert into public.jobs (
  id, user_id, config_hash, total_iterations, completed_iterations, status, created_at, access_type, replication
) values (
  '5707c0de-0000-4000-8000-000000000001', '0c0ffee0-0000-4000-8000-000000000001', repeat('a', 64), 400000, 0,
  'running',
  now() - interval '15 minutes', 'public', 'spot'
);
with node as (
  select n.id, row_number() over (order by n.name) as place, count(*) over () as number from public.nodes as n
  where n.status = 'online' and n.user_id is not null and n.quota > 1 order by n.name limit 9
)
insert into public.jobs_chunks (
  job_id, config_hash, iterations, seed_offset, user_id, pool, status, node_id, claimed_at, completed_at, attempts,
  result, error, created_at
)
select
  '5707c0de-0000-4000-8000-000000000001', repeat('a', 64), 1000, i * 1000,
  '0c0ffee0-0000-4000-8000-000000000001', 'spot:public',
  k.status, case when k.status <> 'pending' then n.id end,
  case when k.status <> 'pending' then t.begun end,
  case when k.status in ('completed', 'failed') then t.begun + t.took end,
  case when k.status = 'pending' then 0 when i %% 23 = 0 then 2 else 1 end,
  case when k.status = 'completed' then jsonb_build_object(
    'meanDps', 1204 + 6 * (random() + random() + random() + random() - 2), 'stdDps', 178 + 9 * random(),
    'minDps', 720, 'maxDps', 1790
  ) end,
  case when i = 97 then 'program exited with status 139' when i %% 23 = 0 then 'no result within 60 s' end,
  now() - interval '15 minutes'
from generate_series(1, 400) as i
cross join lateral (
  select case when i <= 288 then case i when 97 then 'failed' else 'completed' end
    when i <= 297 then 'running' else 'pending' end
    as status
) as k
inner join node as n on n.place = 1 + (i - 1) %% 9
cross join lateral (
  select
    now() - interval '14 minutes' + (i - 1) / 9 * interval '26 seconds' + random() * interval '3 seconds' as begun,
    interval '13 seconds' + random() * (4 + n.place) * interval '1 second' as took
) as t;
update public.jobs as j
set
  completed_iterations = (
    select sum(c.iterations) from public.jobs_chunks as c where c.job_id = j.id and c.status = 'completed'
  ),
  lost_iterations = 1000
where j.id = '5707c0de-0000-4000-8000-000000000001';
"""

_TRUST: LiteralString = """
insert into private.owner_trust (owner, valid, appointed, lost, blocked_until)
select
  u.id, u.place * 3, u.place = 1, case when u.place %% 17 = 5 then 3 else 0 end,
  case when u.place %% 17 = 5 then 'infinity'::timestamptz end
from (select u.id, row_number() over (order by u.id) as place from auth.users as u) as u
where u.place %% 5 <> 2;
insert into private.checks (chunk_id, job_id, reason, opened_at, settled_at, verdict)
select
  c.id, c.job_id, (array['lot', 'odd', 'new owner', 'quorum'])[1 + c.place %% 4],
  now() - c.place * interval '40 seconds',
  case when c.place > 9 then now() - c.place * interval '30 seconds' end,
  case when c.place > 9 then case when c.place %% 7 = 0 then 'corrected' else 'confirmed' end end
from (
  select c.id, c.job_id, row_number() over (order by c.seed_offset desc) as place from public.jobs_chunks as c
  where c.status = 'completed' limit 60
) as c;
insert into private.opinions (chunk_id, owner, node_id, result, fresh)
select k.chunk_id, n.user_id, n.id, jsonb_build_object('meanDps', 1200 + n.place * 3), false
from private.checks as k
cross join (
  select n.id, n.user_id, row_number() over () as place from (
    select distinct on (n.user_id) n.id, n.user_id from public.nodes as n where n.user_id is not null
  ) as n limit 2
) as n
"""


@dataclass(frozen=True)
class Size:
    """How many nodes and jobs, half of which are open, and chunks of each."""

    nodes: int = 64
    jobs: int = 48
    chunks: int = 40


def paint(admin: psycopg.Connection, size: Size | None = None) -> None:
    """Fill an empty database at head; triggers stay asleep, so it takes a superuser."""
    size = size or Size()
    with admin.transaction():
        admin.execute("set local session_replication_role = replica")
        admin.execute("select setseed(0.4)")
        numbers = {"nodes": size.nodes, "jobs": size.jobs, "chunks": size.chunks, "hostile": list(HOSTILE)}
        for statement in (_USERS, _NODES, _CONFIGS, _JOBS, _CHUNKS, _RUNNING):
            admin.execute(statement, numbers if "%(" in statement else None)
        admin.execute(_STORY.replace("%%", "%").encode())
        admin.execute(_TRUST.replace("%%", "%").encode())
    admin.execute("analyze")
