-- Revision 0014, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0013' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0014', '0013', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Looking and then adding is only safe while no other call for the same user does the same: a request id, a number of
-- open jobs. What looks afterwards must be a statement of its own.
create or replace function private.lock_user(p_user uuid)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtextextended('private.lock_user:' || p_user, 0));
$$;

comment on function private.lock_user(uuid) is
'Lets the calls that add jobs for a user pass one after the other, until the end of the transaction.';

revoke all on function private.lock_user(uuid) from public, anon, authenticated, service_role;

-- Call it after private.lock_user, or calls at the same time pass all together.
create or replace function private.check_open_jobs(p_user uuid, p_most integer)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select count(*) from public.jobs as j where j.user_id = p_user and j.status in ('pending', 'running')
  ) >= p_most then
    perform private.refuse(
      429, 'too_many_open_jobs', 'you have too many jobs that are not finished',
      format('You may have %s; wait until one has finished, or cancel one.', p_most)
    );
  end if;
end;
$$;

comment on function private.check_open_jobs(uuid, integer) is
'Refuses one more open job to a user who has as many as that already.';

revoke all on function private.check_open_jobs(uuid, integer) from public, anon, authenticated, service_role;

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

    insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset)
    select v_job, v_hash, least(v_settings.chunk_size, p_iterations - o.seed_offset), o.seed_offset
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
config_number_out_of_range, request_id_reused, too_many_open_jobs, rotation_not_found.';

revoke all on function public.create_job(jsonb, integer, text, text, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.create_job(jsonb, integer, text, text, uuid) to authenticated;

delete from private.alembic_version where version_num = '0013';
insert into private.alembic_version (version_num) values ('0014');
