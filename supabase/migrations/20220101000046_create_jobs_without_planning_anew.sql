-- Revision 0046, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0045' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0046', '0045', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

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
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  v_user uuid := private.signed_in_user();
  v_settings private.settings;
  v_most bigint;
  v_hash text;
  v_job uuid;
  v_pool text;
  v_stem text;
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
    -- Locked in any case, written once an hour.
    on conflict (hash) do update set last_used_at = now() where c.last_used_at < now() - interval '1 hour';

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
    v_stem := left(v_job::text, 24);
    -- A chunk's id is its job's with the last twelve digits counting: neighbours in the key's index, made at once.
    insert into public.jobs_chunks (id, job_id, user_id, pool, config_hash, iterations, seed_offset)
    select
      (v_stem || lpad(to_hex(o.seed_offset), 12, '0'))::uuid, v_job, v_user, v_pool, v_hash,
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

-- Looking and then adding is only safe while no other call for the same user does the same: a request id, a number of
-- open jobs. What looks afterwards must be a statement of its own.
create or replace function private.lock_user(p_user uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('private.lock_user:' || p_user, 0));
end;
$$;

comment on function private.lock_user(uuid) is
'Lets the calls that add jobs for a user pass one after the other, until the end of the transaction.';

revoke all on function private.lock_user(uuid) from public, anon, authenticated, service_role;

-- Where the chunks of a job wait. private.shared_pools names the same pools. A guild's nodes are for its members: who
-- is none, as far as the service knows, has their own nodes only, until private.place_members_chunks learns otherwise.
create or replace function private.pool_of(p_access_type text, p_user uuid, p_discord_server_id text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_access_type = 'user' then
    return 'user:' || p_user;
  elsif p_access_type <> 'discord' then
    return p_access_type;
  elsif exists (
    select from public.guilds_members as m where m.guild_id = p_discord_server_id and m.user_id = p_user
  ) then
    return 'guild:' || p_discord_server_id;
  end if;
  return 'private';
end;
$$;

comment on function private.pool_of(text, uuid, text) is
'The pool of a job: private, public, user:ID or guild:ID. Its owner''s nodes draw on it whatever it is.';

revoke all on function private.pool_of(text, uuid, text) from public, anon, authenticated, service_role;

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
language plpgsql
set search_path = ''
as $$
begin
  return private.create_job(p_config, p_iterations, p_access_type, p_discord_server_id, p_request_id, p_replication);
end;
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

-- The one definition of a config's hash. jsonb has already sorted the keys and dropped the white space, and sha256 is
-- built in: no extension, hence no schema that a search_path could miss.
create or replace function public.hash_config(p_config jsonb)
returns text
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return encode(sha256(convert_to(p_config::text, 'UTF8')), 'hex');
end;
$$;

comment on function public.hash_config(jsonb) is
'SHA-256 of a config, lower-case hex; the same for any order of keys and any white space.';

revoke all on function public.hash_config(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.hash_config(jsonb) to service_role;

delete from private.alembic_version where version_num = '0045';
insert into private.alembic_version (version_num) values ('0046');
