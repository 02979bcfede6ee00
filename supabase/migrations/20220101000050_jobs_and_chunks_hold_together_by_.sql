-- Revision 0050, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0049' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0050', '0049', found),
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
    perform set_config('loop.counted', 'on', true);
    -- A chunk's id is its job's with the last twelve digits counting: neighbours in the key's index, made at once.
    insert into public.jobs_chunks (id, job_id, user_id, pool, config_hash, iterations, seed_offset)
    select
      (v_stem || lpad(to_hex(o.seed_offset), 12, '0'))::uuid, v_job, v_user, v_pool, v_hash,
      least(v_settings.chunk_size, p_iterations - o.seed_offset), o.seed_offset
    from generate_series(0, p_iterations - 1, v_settings.chunk_size) as o (seed_offset);
    get diagnostics v_chunks = row_count;
    perform set_config('loop.counted', 'off', true);
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

-- In place of a foreign key (docs/decisions/0021), once for a statement and not for each chunk: the jobs of new chunks
-- are there, and are not deleted before these can be seen. The first query waits for whoever is deleting one; the next
-- begins after that.
create or replace function private.keep_jobs_of_chunks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_jobs uuid[];
  v_missing uuid;
begin
  if tg_op = 'INSERT' then
    v_jobs := array(select distinct n.job_id from new_chunks as n);
  else
    v_jobs := array(select n.job_id from new_chunks as n except select o.job_id from old_chunks as o);
  end if;
  if v_jobs = '{}' then
    return null;
  end if;
  perform from public.jobs as j where j.id = any(v_jobs) order by j.id for key share;
  select i.id into v_missing
  from unnest(v_jobs) as i (id)
  where not exists (select from public.jobs as j where j.id = i.id)
  limit 1;
  if found then
    raise foreign_key_violation using
      message = format('there is no job %s', v_missing), hint = 'Insert the job before its chunks.';
  end if;
  return null;
end;
$$;

comment on function private.keep_jobs_of_chunks() is 'Refuses chunks whose job is not there, and holds the jobs.';

revoke all on function private.keep_jobs_of_chunks() from public, anon, authenticated, service_role;

-- In place of a foreign key (docs/decisions/0021). Whoever adds chunks to a job holds it, so what is seen here, after
-- the jobs have been locked to be deleted, is all that there will be.
create or replace function private.remove_chunks_of_jobs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  delete from public.jobs_chunks as c where c.job_id = any(array(select j.id from old_jobs as j));
  return null;
end;
$$;

comment on function private.remove_chunks_of_jobs() is 'Deletes the chunks of jobs that were deleted.';

revoke all on function private.remove_chunks_of_jobs() from public, anon, authenticated, service_role;

-- What PostgREST embeds in a job, as no foreign key says that they belong together: jobs?select=*,jobs_chunks(…).
-- With the caller's rights: it names the columns that owners may read, in the table's order, and null for the others.
create or replace function public.jobs_chunks(p_job public.jobs)
returns setof public.jobs_chunks
language sql
stable
set search_path = ''
as $$
  select
    c.id, c.job_id, c.node_id, c.config_hash, c.iterations, c.seed_offset, c.status, c.result, c.claimed_at,
    c.completed_at, c.created_at, c.attempts, null::uuid, c.error, c.last_node_id, c.lease_expires_at, c.user_id,
    null::text, null::boolean
  from public.jobs_chunks as c
  where c.job_id = p_job.id;
$$;

comment on function public.jobs_chunks(public.jobs) is
'The chunks of a job, as far as the caller may see them; without attempt_token, pool and must_check.';

revoke all on function public.jobs_chunks(public.jobs) from public, anon, authenticated, service_role;
grant execute on function public.jobs_chunks(public.jobs) to authenticated, service_role;

create or replace trigger trg_chunks_go_too after delete on public.jobs
referencing old table as old_jobs
for each statement execute function private.remove_chunks_of_jobs();

-- Not for create_job, which has just made the job (and says loop.counted, as whoever else answers for what it writes).
create or replace trigger trg_jobs_are_there after insert on public.jobs_chunks
referencing new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.keep_jobs_of_chunks();

-- One trigger cannot serve two events with transition tables; trg_jobs_are_there does the inserts.
create or replace trigger trg_jobs_are_there_again after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks
for each statement when (current_setting('loop.counted', true) is distinct from 'on')
execute function private.keep_jobs_of_chunks();

delete from private.alembic_version where version_num = '0049';
insert into private.alembic_version (version_num) values ('0050');
