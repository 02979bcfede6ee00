-- Revision 0035, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0034' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0035', '0034', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.node_heartbeat(text, text, uuid[]);
-- Not in sql/ any more.
-- squawk-ignore ban-drop-function
drop function private.register_node(text, text, integer, integer, text, text);
-- Its calls go to function public.node_heartbeat(text, text, uuid[], uuid).
-- squawk-ignore ban-drop-function
drop function public.node_heartbeat(text, text, uuid[]);
-- Its calls go to function public.register_node(text, text, integer, integer, text, text, text).
-- squawk-ignore ban-drop-function
drop function public.register_node(text, text, integer, integer, text, text);

-- Every assignment reads the permissions of the nodes that have room.
create or replace function private.check_permissions()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_permissions_per_node from private.settings as s);
begin
  if exists (
    select from public.nodes_permissions as p
    where p.node_id in (select n.node_id from new_permissions as n)
    group by p.node_id having count(*) > v_most
  ) then
    perform private.refuse(
      400, 'too_many_permissions', 'the node has too many permissions',
      format('It may have %s; remove some, or open it to the public.', v_most)
    );
  end if;
  return null;
end;
$$;

comment on function private.check_permissions() is 'Refuses more than settings.max_permissions_per_node for a node.';

revoke all on function private.check_permissions() from public, anon, authenticated, service_role;

-- For whoever writes a rotation or a version of one over REST. A version that file_rotation_version keeps of an older
-- text is as long as it is.
create or replace function private.check_script()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_script_bytes from private.settings as s);
begin
  if octet_length(new.script) > v_most then
    perform private.refuse(
      413, 'script_too_large', 'the script is too large', format('It may have %s bytes.', v_most)
    );
  end if;
  return new;
end;
$$;

comment on function private.check_script() is 'Refuses a script of more than settings.max_script_bytes.';

revoke all on function private.check_script() from public, anon, authenticated, service_role;

-- create_job measures exactly; this is for the edge functions of the transition, and cheap. Binary jsonb takes at most
-- four bytes for each byte of text.
create or replace function private.check_stored_config()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_config_bytes from private.settings as s);
begin
  if pg_column_size(new.config) > 4 * v_most + 1024 then
    perform private.refuse(
      413, 'config_too_large', 'the config is too large',
      format('As text it may have %s bytes; keep anything large out of it.', v_most)
    );
  end if;
  return new;
end;
$$;

comment on function private.check_stored_config() is 'Refuses a config that is far over settings.max_config_bytes.';

revoke all on function private.check_stored_config() from public, anon, authenticated, service_role;

-- Definer, because nobody owns an unclaimed node and so no policy lets a user change it.
create or replace function private.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
  v_node public.nodes;
begin
  if length(p_name) > 255 then
    perform private.refuse(400, 'name_too_long', 'the name is too long', 'It may have 255 characters.');
  end if;
  if p_max_parallel not between 0 and 4096 then
    perform private.refuse(
      400, 'parallel_out_of_range', 'that is not a possible number of chunks at a time', 'Send 0 to 4096.'
    );
  end if;

  update public.nodes as n
  set
    user_id = v_user,
    name = coalesce(nullif(btrim(p_name), ''), n.name),
    max_parallel = coalesce(p_max_parallel, n.max_parallel),
    claim_code = null
  where n.id = p_node_id and n.user_id is null
  returning n.* into v_node;
  if not found then
    return jsonb_build_object('success', false, 'error', 'no such node, or it has an owner');
  end if;

  return jsonb_build_object(
    'success', true, 'nodeId', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel
  );
end;
$$;

comment on function private.claim_node(uuid, text, integer) is 'The body of public.claim_node.';

revoke all on function private.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function private.claim_node(uuid, text, integer) to authenticated;

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

-- Like private.refuse, with the header Retry-After, which PostgREST sends for this SQLSTATE only. What clients read is
-- the same: code PT429, and the stable code in details.
create or replace function private.refuse_for(p_seconds integer, p_code text, p_message text, p_hint text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PGRST',
    message = json_build_object('code', 'PT429', 'message', p_message, 'details', p_code, 'hint', p_hint)::text,
    detail = json_build_object('status', 429, 'headers', json_build_object('Retry-After', p_seconds::text))::text;
end;
$$;

comment on function private.refuse_for(integer, text, text, text) is
'Raises a refusal for so many seconds: HTTP status 429 and Retry-After, stable code, message for people, hint.';

revoke all on function private.refuse_for(integer, text, text, text) from public, anon, authenticated, service_role;

-- Why private.node_heartbeat found no node to write to.
create or replace function private.refuse_heartbeat(p_public_key text, p_session uuid, p_settings private.settings)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_node public.nodes;
begin
  select n.* into v_node from public.nodes as n where n.public_key = p_public_key;
  if not found then
    perform private.refuse(404, 'node_unknown', 'this node is not known', 'Register it first.');
  end if;
  if v_node.user_id is null then
    perform private.refuse(
      404, 'node_unclaimed', 'this node has no owner yet', 'Claim it in the portal with its claim code.'
    );
  end if;
  if v_node.session_id is distinct from p_session then
    perform private.refuse(
      409, 'node_runs_elsewhere', 'another process with the key of this node is at work',
      format('Stop one of them, or give each a key of its own; one that died is replaced after %s.', p_settings.session_timeout)
    );
  end if;
  perform private.refuse_for(
    greatest(
      ceil(extract(epoch from v_node.beats_due - now()) + 60.0 / p_settings.heartbeats_per_minute) - 60, 1
    )::integer,
    'too_many_heartbeats',
    'this node sends too many heartbeats', format('Up to %s in a minute.', p_settings.heartbeats_per_minute)
  );
end;
$$;

comment on function private.refuse_heartbeat(text, uuid, private.settings) is
'Refuses a heartbeat: node_unknown, node_unclaimed, node_runs_elsewhere or too_many_heartbeats.';

revoke all on function private.refuse_heartbeat(text, uuid, private.settings)
from public, anon, authenticated, service_role;

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

-- PostgREST hands on the headers of a request, and what stands in them came over the gateway. Cloudflare, before hosted
-- projects, writes cf-connecting-ip itself; of x-forwarded-for the last entry is the nearest proxy's word, the others
-- are the client's. Without any of them (no PostgREST) there is no address, and its limit does not apply.
create or replace function private.request_address()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
begin
  return left(coalesce(
    v_headers ->> 'cf-connecting-ip', v_headers ->> 'x-real-ip',
    btrim(split_part(v_headers ->> 'x-forwarded-for', ',', -1))
  ), 64);
exception when invalid_text_representation then
  return null;
end;
$$;

comment on function private.request_address() is
'The network address that a request over PostgREST came from, or null.';

revoke all on function private.request_address() from public, anon, authenticated, service_role;

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

-- A rate of p_most in p_period, all of it at once if need be. One timestamp is the whole state: when all that was taken
-- would have been earned, at an even pace; nobody may be further ahead than one period. Its row is locked until the end
-- of the transaction, so calls at the same time cannot pass together; what fails later gives back what it took. A call
-- that asks for more than a period's worth takes all of it.
create or replace function private.take(
  p_kind text,
  p_subject text,
  p_amount bigint,
  p_most integer,
  p_period interval,
  p_code text,
  p_message text
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cost interval;
  v_due timestamptz;
begin
  if p_most = 0 then
    return;
  end if;
  v_cost := p_period * (least(p_amount, p_most) / p_most::float8);

  insert into private.rates as r (kind, subject, due) values (p_kind, p_subject, now() + v_cost)
  on conflict (kind, subject) do update set due = greatest(r.due, now()) + v_cost
  where greatest(r.due, now()) + v_cost <= now() + p_period;
  if not found then
    select r.due into v_due from private.rates as r where r.kind = p_kind and r.subject = p_subject;
    perform private.refuse_for(
      greatest(ceil(extract(epoch from v_due + v_cost - p_period - now())), 1)::integer, p_code, p_message,
      format('Up to %s in %s; wait for the seconds that Retry-After says.', p_most, p_period)
    );
  end if;
end;
$$;

comment on function private.take(text, text, bigint, integer, interval, text, text) is
'Takes so much of what a user, a key or an address may have in a period, or refuses with PT429 and Retry-After. Where
p_most is 0, any number is fine.';

revoke all on function private.take(text, text, bigint, integer, interval, text, text)
from public, anon, authenticated, service_role;

-- Quotas bound what is open at a time; this bounds what is created and cancelled again and again. As private.take, with
-- both counts in one statement, because every job pays for it.
create or replace function private.take_jobs(p_user uuid, p_chunks bigint, p_settings private.settings)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs interval := coalesce(interval '1 minute' / nullif(p_settings.jobs_per_minute, 0), '0');
  v_chunks interval := coalesce(
    interval '1 hour' * (least(p_chunks, p_settings.chunks_per_hour) / nullif(p_settings.chunks_per_hour, 0)::float8), '0'
  );
  v_taken bigint;
begin
  insert into private.rates as r (kind, subject, due)
  values
  ('chunks of a user', p_user::text, now() + v_chunks),
  ('jobs of a user', p_user::text, now() + v_jobs)
  on conflict (kind, subject) do update
  set due = greatest(r.due, now()) + case r.kind when 'jobs of a user' then v_jobs else v_chunks end
  where greatest(r.due, now()) + case r.kind when 'jobs of a user' then v_jobs else v_chunks end
    <= now() + case r.kind when 'jobs of a user' then interval '1 minute' else interval '1 hour' end;
  get diagnostics v_taken = row_count;
  -- Which one it was, and for how long; what was taken of the other one is given back with the refusal.
  if v_taken < 2 then
    perform private.take(
      'jobs of a user', p_user::text, 1, p_settings.jobs_per_minute, '1 minute',
      'too_many_jobs', 'you have started too many jobs'
    );
    perform private.take(
      'chunks of a user', p_user::text, p_chunks, p_settings.chunks_per_hour, '1 hour',
      'too_many_chunks', 'your jobs have too many chunks'
    );
  end if;
end;
$$;

comment on function private.take_jobs(uuid, bigint, private.settings) is
'Counts a job and its chunks against the rates of a user, or refuses with too_many_jobs or too_many_chunks.';

revoke all on function private.take_jobs(uuid, bigint, private.settings)
from public, anon, authenticated, service_role;

-- Definer, because nobody owns an unclaimed node and so no policy lets a user see it. A code has 30 bits, so who may
-- try as often as they like finds one (RFC 8628, 5.1): wrong ones are counted, before it is known whether this is one.
create or replace function private.verify_claim_code(p_code text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
  v_address text := private.request_address();
  v_settings private.settings;
  v_node public.nodes;
begin
  select s.* into strict v_settings from private.settings as s;
  perform private.take(
    'claim codes of a user', v_user::text, 1, v_settings.claim_codes_per_hour, '1 hour',
    'too_many_claim_codes', 'you have tried too many claim codes'
  );
  if v_address is not null then
    perform private.take(
      'claim codes of an address', v_address, 1, v_settings.claim_codes_per_address_per_hour, '1 hour',
      'too_many_claim_codes', 'too many claim codes were tried from this address'
    );
  end if;

  select n.* into v_node from public.nodes as n
  where n.claim_code = upper(replace(left(p_code, 64), '-', '')) and n.user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  -- The right one costs nothing.
  update private.rates as r
  set due = r.due - interval '1 hour' / case r.kind
    when 'claim codes of a user' then v_settings.claim_codes_per_hour
    else v_settings.claim_codes_per_address_per_hour
  end
  where
    r.kind = 'claim codes of a user' and r.subject = v_user::text and v_settings.claim_codes_per_hour > 0
    or r.kind = 'claim codes of an address' and r.subject = v_address
      and v_settings.claim_codes_per_address_per_hour > 0;
  return jsonb_build_object(
    'valid', true,
    'nodeId', v_node.id,
    'name', v_node.name,
    'totalCores', v_node.total_cores,
    'platform', v_node.platform,
    'version', v_node.version
  );
end;
$$;

comment on function private.verify_claim_code(text) is 'The body of public.verify_claim_code.';

revoke all on function private.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function private.verify_claim_code(text) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.claim_node.
create or replace function public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_node(p_node_id, p_name, p_max_parallel);
$$;

comment on function public.claim_node(uuid, text, integer) is
'Makes the signed-in user the owner of an unclaimed node: {"success": true, "nodeId", "name", "maxParallel"}, or
{"success": false, "error"} where there is no such node or it has an owner. A null name or number keeps what the node
has. Errors (code in DETAIL): not_signed_in, name_too_long, parallel_out_of_range.';

revoke all on function public.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.claim_node(uuid, text, integer) to authenticated;

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

-- Exposed, so it holds no privilege of its own; see private.node_heartbeat.
create or replace function public.node_heartbeat(
  p_public_key text,
  p_status text default 'online',
  p_running uuid[] default null,
  p_session uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.node_heartbeat(p_public_key, p_status, p_running, p_session);
$$;

comment on function public.node_heartbeat(text, text, uuid[], uuid) is
'A claimed node is there, online or offline, and still computes the chunks named in p_running (null: all it was given),
whose leases go on, up to settings.lease_cap after their assignment. p_session is the process, drawn anew at each start.
Answers {"id", "name", "maxParallel", "status", "cancelled"}, the last being those of the chunks that are no longer the
node''s to compute. Errors (code in DETAIL): node_unknown, node_unclaimed, status_unknown, node_runs_elsewhere,
too_many_heartbeats (429 with Retry-After). For the sentinel, which has checked the signature.';

revoke all on function public.node_heartbeat(text, text, uuid[], uuid) from public, anon, authenticated, service_role;
grant execute on function public.node_heartbeat(text, text, uuid[], uuid) to service_role;

-- Exposed, so it holds no privilege of its own; see private.register_node.
create or replace function public.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text,
  p_address text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.register_node(p_public_key, p_hostname, p_total_cores, p_enabled_cores, p_platform, p_version, p_address);
$$;

comment on function public.register_node(text, text, integer, integer, text, text, text) is
'Makes the node with this key known, or finds it again: {"id", "claimCode", "claimed"}. Errors (code in DETAIL):
public_key_malformed, cores_out_of_range, claim_code_taken, too_many_registrations (429 with Retry-After). p_address is
where the request came from. For the sentinel, which has checked the signature.';

revoke all on function public.register_node(text, text, integer, integer, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function public.register_node(text, text, integer, integer, text, text, text) to service_role;

-- Exposed, so it holds no privilege of its own; see private.retry_job.
create or replace function public.retry_job(p_job_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.retry_job(p_job_id);
$$;

comment on function public.retry_job(uuid) is
'Opens a failed job of the signed-in user''s again: its failed chunks are pending, with all their attempts before them,
what was completed stays: {"jobId", "status", "chunksRetried"}. Errors (code in DETAIL): not_signed_in, job_not_found,
job_not_failed, chunks_gone, too_many_open_jobs, rotation_not_found, too_many_jobs, too_many_chunks (both 429 with
Retry-After).';

revoke all on function public.retry_job(uuid) from public, anon, authenticated, service_role;
grant execute on function public.retry_job(uuid) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.verify_claim_code.
create or replace function public.verify_claim_code(p_code text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.verify_claim_code(p_code);
$$;

comment on function public.verify_claim_code(text) is
'What a signed-in user sees of the unclaimed node with this claim code: {"valid": true, "nodeId", "name", "totalCores",
"platform", "version"}, or {"valid": false}. Dashes and case do not matter. Errors (code in
DETAIL): not_signed_in, too_many_claim_codes (429 with Retry-After, after settings.claim_codes_per_hour wrong ones).';

revoke all on function public.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function public.verify_claim_code(text) to authenticated;

create or replace trigger trg_check_config before insert or update of config on public.jobs_configs
for each row execute function private.check_stored_config();

create or replace trigger trg_check_permissions after insert on public.nodes_permissions
referencing new table as new_permissions
for each statement execute function private.check_permissions();

create or replace trigger trg_check_permissions_again after update on public.nodes_permissions
referencing new table as new_permissions
for each statement execute function private.check_permissions();

create or replace trigger trg_check_script before insert on public.rotations
for each row execute function private.check_script();

create or replace trigger trg_check_script before insert on public.rotations_versions
for each row when (pg_trigger_depth() = 0) execute function private.check_script();

-- Only what changes: one that was too large before may be renamed.
create or replace trigger trg_check_script_again before update on public.rotations
for each row when (old.script is distinct from new.script) execute function private.check_script();

delete from private.alembic_version where version_num = '0034';
insert into private.alembic_version (version_num) values ('0035');
