-- What the live database held: people, their nodes, and the harm that the faults of live_schema.sql did.
-- Deterministic but for now(), from which every time is a fixed distance. Load it in one transaction.
-- The id of thing number N is md5('thing:N'), so that each part can name the others.

-- ---------------------------------------------------------------------------------------------------------------------
-- The cast: who submits with which access, where their finished chunks ran, how long ago at least, and which configs
-- (by number, see below) their finished and their open jobs use.
-- ---------------------------------------------------------------------------------------------------------------------

create temporary table people on commit drop as
select md5('user:' || n)::uuid as id, *
from (
  values
  (1, 'ada', 'private', null, 1, interval '0', '{1,2,12}'::int[], '{1,2}'::int[]),
  (2, 'ben', 'private', null, 3, '0', '{3,4}', '{3}'),
  (3, 'cleo', 'private', null, 5, '0', '{5,11}', '{5}'),
  (4, 'dan', 'user', null, 5, '0', '{6,3}', '{3}'),
  (5, 'eve', 'private', null, 7, '4 days', '{7}', '{7}'),
  -- finn's node has not been seen for 45 days, and its finished chunks keep it from being cleaned up.
  (6, 'finn', 'private', null, 8, '46 days', '{9,7}', '{7}'),
  (7, 'gus', 'public', null, 3, '0', '{11,1}', '{11}'),
  (8, 'hana', 'discord', '810000000000000001', 4, '0', '{8,7}', '{8}'),
  (9, 'ivo', 'public', null, 3, '0', '{10}', '{10,13}'),
  (10, 'jun', 'public', null, 3, '0', '{1,3}', '{14}'),
  (11, 'kim', 'public', null, 3, '0', '{7,10}', '{10}'),
  (12, 'lou', 'public', null, 3, '0', '{12}', '{12}')
) as p (n, name, access_type, guild, node, away, done_configs, open_configs);

insert into auth.users (instance_id, id, aud, role, email, email_confirmed_at, created_at, updated_at)
select
  '00000000-0000-0000-0000-000000000000', id, 'authenticated', 'authenticated', name || '@example.test',
  now() - interval '200 days', now() - interval '200 days', now() - interval '200 days'
from people
order by n;

-- ---------------------------------------------------------------------------------------------------------------------
-- Nodes of every status. A claim code is the first 30 of the key hash's first 32 bits, 5 for each letter.
-- ---------------------------------------------------------------------------------------------------------------------

insert into public.nodes (
  id, user_id, name, max_parallel, total_cores, status, last_seen_at, created_at, platform, version, public_key,
  claim_code
)
select
  md5('node:' || v.n)::uuid, p.id, v.name, v.max_parallel, v.cores, v.status, now() - v.unseen, now() - v.age,
  v.platform, v.version, encode(sha256(convert_to('node:' || v.n, 'UTF8')), 'base64'),
  case when v.owner is null then (
    select string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', (k.bits >> s.shift & 31)::int + 1, 1), '' order by s.n)
    from (select ('x' || encode(substr(sha256(sha256(convert_to('node:' || v.n, 'UTF8'))), 1, 4), 'hex'))) as h (hex)
    cross join lateral (select h.hex::bit(32)::bigint & 4294967295 as bits) as k
    cross join unnest('{27,22,17,12,7,2}'::int[]) with ordinality as s (shift, n)
  ) end
from (
  values
  (1, 1, 'ada-desktop', 8, 16, 'online', interval '20 seconds', interval '180 days', 'linux', '0.9.2'),
  (2, 1, 'ada-laptop', 16, 16, 'offline', '2 hours', '150 days', 'macos', '0.9.1'),
  (3, 2, 'ben-rack', 16, 32, 'online', '10 seconds', '170 days', 'linux', '0.9.2'),
  (4, 8, 'guild-server', 8, 16, 'online', '15 seconds', '120 days', 'linux', '0.9.2'),
  (5, 3, 'cleo-tower', 12, 12, 'online', '25 seconds', '140 days', 'windows', '0.9.2'),
  -- Called online although nobody has seen it for 20 minutes.
  (6, 3, 'cleo-spare', 16, 16, 'online', '20 minutes', '90 days', 'windows', '0.9.0'),
  (7, 5, 'eve-mini', 4, 8, 'offline', '3 days', '100 days', 'macos', '0.9.1'),
  (8, 6, 'finn-old', 4, 4, 'offline', '45 days', '190 days', 'linux', '0.8.0'),
  (9, 6, 'finn-older', 2, 4, 'offline', '60 days', '195 days', 'linux', '0.7.3'),
  (10, null, 'My Node', 4, 8, 'pending', null, '10 minutes', 'linux', '0.9.2'),
  (11, null, 'My Node', 4, 4, 'pending', null, '3 hours', 'windows', '0.9.2'),
  (12, 7, 'gus-first', 4, 6, 'pending', null, '2 days', 'linux', '0.9.2')
) as v (n, owner, name, max_parallel, cores, status, unseen, age, platform, version)
left join people as p on p.n = v.owner
order by v.n;

insert into public.nodes_permissions (id, node_id, access_type, target_id, created_at)
select
  md5('permission:' || v.n)::uuid, md5('node:' || v.node)::uuid, v.access_type, v.target_id,
  now() - interval '60 days'
from (
  values
  (1, 1, 'owner', null),
  (2, 3, 'owner', null),
  (3, 3, 'public', null),
  (4, 4, 'guild', '810000000000000001'),
  (5, 5, 'owner', null),
  (6, 5, 'user', md5('user:4')::uuid::text),
  (7, 9, 'public', null)
) as v (n, node, access_type, target_id);

-- ---------------------------------------------------------------------------------------------------------------------
-- Rotations: public ones; private ones that an open job uses, that only finished jobs use, that none uses.
-- ---------------------------------------------------------------------------------------------------------------------

insert into public.rotations (
  id, user_id, slug, name, script, description, is_public, forked_from_id, spec_id, created_at, updated_at
)
select
  md5('rotation:' || v.n)::uuid, md5('user:' || v.owner)::uuid, v.slug, initcap(replace(v.slug, '-', ' ')),
  format(E'# %s\nif target.health < 0.2 { cast("finisher") }\ncast("filler")\n', v.slug),
  case when v.is_public then 'as played on the ladder' end,
  v.is_public, md5('rotation:' || v.fork_of)::uuid, v.spec_id, now() - interval '100 days', now() - interval '100 days'
from (
  values
  (1, 1, 'havoc-opener', true, null, 577),
  (2, 1, 'havoc-experiment', false, 1, 577),     -- private, used by open jobs of ada's
  (3, 2, 'arcane-burst', true, null, 62),
  (4, 2, 'arcane-draft', false, null, 62),       -- private, used by finished jobs only
  (5, 3, 'fury-cleave', false, null, 72),        -- private, named by a config that no job uses
  (6, 4, 'arcane-solo', false, 3, 62),           -- private, used by finished jobs only
  (7, 5, 'shadow-dots', true, null, 258),
  (8, 8, 'balance-guild', false, null, 102),     -- private, used by open jobs of hana's
  (9, 6, 'retribution-old', false, null, 70),    -- private, used by finished jobs only
  (10, 9, 'havoc-fork', true, 1, 577)
) as v (n, owner, slug, is_public, fork_of, spec_id)
order by v.n;

-- Edits, filed by the triggers as versions.
update public.rotations set script = script || E'# opener: hold the first cooldown\n'
where slug in ('havoc-opener', 'havoc-experiment', 'arcane-burst', 'shadow-dots');
update public.rotations set script = script || E'# two targets: cleave first\n'
where slug in ('havoc-opener', 'shadow-dots');
update public.rotations_versions as v set
  id = md5('version:' || v.rotation_id || ':' || v.version)::uuid,
  message = case v.version when 1 then 'first draft' end,
  created_at = now() - interval '90 days' + v.version * interval '10 days';

-- ---------------------------------------------------------------------------------------------------------------------
-- Configs
-- ---------------------------------------------------------------------------------------------------------------------

create temporary table configs on commit drop as
select v.n, v.age, c.config, encode(sha256(convert_to(c.config::text, 'UTF8')), 'hex') as hash
from (
  values
  (1, 577, 1, to_jsonb(md5('rotation:1')::uuid), interval '0'),
  (2, 577, 1, to_jsonb(md5('rotation:2')::uuid), '0'),
  (3, 62, 1, to_jsonb(md5('rotation:3')::uuid), '0'),
  (4, 62, 1, to_jsonb(md5('rotation:4')::uuid), '0'),
  (5, 62, 2, to_jsonb(md5('rotation:3')::uuid), '0'),
  (6, 62, 1, to_jsonb(md5('rotation:6')::uuid), '0'),
  (7, 258, 1, to_jsonb(md5('rotation:7')::uuid), '0'),
  (8, 102, 3, to_jsonb(md5('rotation:8')::uuid), '0'),
  (9, 70, 1, to_jsonb(md5('rotation:9')::uuid), '40 days'),
  (10, 577, 1, to_jsonb(md5('rotation:10')::uuid), '0'),
  (11, 71, 1, null, '0'),
  (12, 577, 5, to_jsonb(md5('rotation:1')::uuid), '0'),
  -- Open jobs of ivo's and jun's use these two: a rotationId that is no uuid, and one that is not even text.
  (13, 577, 1, '"latest"', '0'),
  (14, 62, 1, '42', '0'),
  -- Forgotten: to be cleaned up. One of them names a private rotation.
  (15, 72, 1, to_jsonb(md5('rotation:5')::uuid), '12 days'),
  (16, 63, 1, null, '20 days'),
  (17, 64, 1, null, '90 days'),
  -- Named by chunks only, whose job was given another config later.
  (18, 65, 1, null, '15 days'),
  -- Unused as yet, but fresh.
  (19, 66, 1, null, '1 day')
) as v (n, spec_id, targets, rotation, age)
cross join lateral (
  select jsonb_strip_nulls(jsonb_build_object(
    'specId', v.spec_id, 'targets', v.targets, 'durationSeconds', 300, 'itemLevel', 610 + v.n, 'rotationId', v.rotation
  )) as config
) as c;

insert into public.jobs_configs (hash, config, created_at, last_used_at)
select hash, config, now() - age - interval '30 days', now() - age from configs
order by n;

-- ---------------------------------------------------------------------------------------------------------------------
-- 400 jobs:   1–340 done, yet without result and with 0 completed iterations;
--           341–352 running on living nodes, 353–362 running on nodes that died (stale chunks);
--           363–364 left running although all their chunks are completed;
--           365–400 pending, the last one for nobody's node at all.
-- ---------------------------------------------------------------------------------------------------------------------

create temporary table drafts on commit drop as
select
  j.n, md5('job:' || j.n)::uuid as id, p.n as person, p.id as user_id, j.kind, c.hash, p.guild,
  case when j.n = 400 then 'private' else p.access_type end as access_type,
  1000 * (2 + j.n * 7 % 20) + j.n % 4 * 125 as iterations,
  case j.kind
    when 'done' then now() - p.away - interval '12 hours' - (340 - j.n) * interval '2 hours'
    else now() - interval '3 hours' - (400 - j.n) * interval '5 minutes'
  end as created_at,
  -- The stale chunks sit on ada's laptop and on cleo's spare machine.
  md5('node:' || case when j.kind = 'stale' then 2 * p.n else p.node end)::uuid as node_id
from (
  select
    n,
    case
      when n <= 340 then 'done' when n <= 352 then 'running' when n <= 362 then 'stale'
      when n <= 364 then 'stuck' else 'pending'
    end as kind,
    case
      when n <= 340 then 1 + n % 12
      when n <= 352 then ('{1,2,3,4,8}'::int[])[1 + n % 5]
      when n <= 362 then ('{1,3}'::int[])[1 + n % 2]
      when n <= 364 then ('{1,8}'::int[])[1 + n % 2]
      when n = 400 then 7
      else ('{1,2,3,4,8,9,10,12}'::int[])[1 + n % 8]
    end as person
  from generate_series(1, 400) as n
) as j
inner join people as p on p.n = j.person
cross join lateral (select case j.kind when 'done' then p.done_configs else p.open_configs end as numbers) as choice
inner join configs as c on c.n = choice.numbers[1 + j.n / 12 % cardinality(choice.numbers)];

insert into public.jobs (
  id, user_id, config_hash, total_iterations, status, created_at, completed_at, access_type, discord_server_id
)
select
  id, user_id, hash, iterations,
  case kind when 'done' then 'completed' when 'pending' then 'pending' else 'running' end,
  created_at,
  -- The last chunk's, see below.
  case kind when 'done' then created_at + (iterations - 1) / 1000 * interval '20 seconds' + interval '17 seconds' end,
  access_type, case access_type when 'discord' then guild end
from drafts
order by n;

-- A chunk is 1000 iterations, the last one the rest. Of a running job the first half is completed and two are running.
insert into public.jobs_chunks (
  id, job_id, node_id, config_hash, iterations, seed_offset, status, result, claimed_at, completed_at, created_at
)
select
  md5('chunk:' || d.n || ':' || k.n)::uuid, d.id,
  case when s.status <> 'pending' then d.node_id end,
  case when d.n = 5 then (select hash from configs where n = 18) else d.hash end,
  k.iterations, 1000 * k.n, s.status,
  case when s.status = 'completed' then jsonb_build_object(
    'meanDps', r.mean, 'stdDps', r.std, 'minDps', r.mean - 3 * r.std, 'maxDps', r.mean + 3.5 * r.std,
    'iterations', k.iterations
  ) end,
  case
    when s.status = 'completed' then d.created_at + k.n * interval '20 seconds' + interval '2 seconds'
    when s.status = 'running' and d.kind = 'stale' then now() - interval '125 minutes' - k.n * interval '7 seconds'
    when s.status = 'running' then now() - interval '30 seconds' + k.n * interval '1 second'
  end,
  case when s.status = 'completed' then d.created_at + k.n * interval '20 seconds' + interval '17 seconds' end,
  d.created_at
from drafts as d
cross join lateral (
  select n, least(1000, d.iterations - 1000 * n) as iterations, (d.iterations + 999) / 1000 as chunks
  from generate_series(0, (d.iterations - 1) / 1000) as n
) as k
cross join lateral (
  select case
    when d.kind in ('done', 'stuck') then 'completed'
    when d.kind = 'pending' then 'pending'
    when k.n < k.chunks / 2 then 'completed'
    when k.n < k.chunks / 2 + 2 then 'running'
    else 'pending'
  end as status
) as s
cross join lateral (
  select
    40000 + 2500 * d.person + round((d.n * 37 + k.n * 53) % 1000 / 7.0, 2) as mean,
    1800 + round((d.n * 11 + k.n * 29) % 400 / 9.0, 2) as std
) as r
order by d.n, k.n;

refresh materialized view public.stats_rotations_by_spec;
refresh materialized view public.stats_daily_throughput;

analyze public.jobs, public.jobs_chunks, public.jobs_configs, public.nodes, public.nodes_permissions,
  public.rotations, public.rotations_versions;
