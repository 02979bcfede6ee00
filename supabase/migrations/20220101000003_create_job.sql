-- Revision 0003, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0002' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0003', '0002', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- One call makes a job: config, job and chunks together or not at all.

alter table public.jobs add column request_id uuid;
comment on column public.jobs.request_id is 'the caller''s name for the request that created the job';
-- Partial, so that jobs without one pay nothing. Built under a lock that writers of jobs wait for, in a moment: no job
-- has a request id yet.
create unique index idx_jobs_user_request on public.jobs (user_id, request_id) where request_id is not null;

-- One way to say no: PostgREST answers with the HTTP status that a PTxyz code carries, and clients tell refusals apart
-- by the stable code in DETAIL, never by the message.
create or replace function private.refuse(p_status integer, p_code text, p_message text, p_hint text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_message, detail = p_code, hint = p_hint;
end;
$$;

comment on function private.refuse(integer, text, text, text) is
'Raises a refusal: HTTP status, stable code (in DETAIL), message for people, hint what to do.';

revoke all on function private.refuse(integer, text, text, text) from public, anon, authenticated, service_role;

-- Role authenticated alone does not prove a user: a token may come without a subject.
create or replace function private.signed_in_user()
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := auth.uid();
begin
  if v_user is null then
    perform private.refuse(401, 'not_signed_in', 'nobody is signed in', 'Sign in, then try again.');
  end if;
  return v_user;
end;
$$;

comment on function private.signed_in_user() is
'The id of the user whose request this is. Refuses with PT401 not_signed_in where there is none.';

revoke all on function private.signed_in_user() from public, anon, authenticated, service_role;

-- The one definition of a config's hash. jsonb has already sorted the keys and dropped the white space, and sha256 is
-- built in: no extension, hence no schema that a search_path could miss.
create or replace function public.hash_config(p_config jsonb)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(p_config::text, 'UTF8')), 'hex');
$$;

comment on function public.hash_config(jsonb) is
'SHA-256 of a config, lower-case hex; the same for any order of keys and any white space.';

revoke all on function public.hash_config(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.hash_config(jsonb) to service_role;

-- What a few bytes of JSON can become as text must be known before anybody makes text of it: 1e131071 has 131,072
-- digits, and so has 0e-16383 nearly. The cheap bounds come first and keep the exact one affordable.
create or replace function private.check_config(p_config jsonb, p_max_bytes integer)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_config) is distinct from 'object' then
    perform private.refuse(
      400, 'config_not_an_object', 'the config is not a JSON object', 'Send p_config as {"rotationId": …, …}.'
    );
  end if;

  -- Binary jsonb takes at most four bytes for each byte of text, so this refuses nothing that the exact bound allows.
  if pg_column_size(p_config) <= 4 * p_max_bytes + 1024 then
    begin
      -- Beyond double precision no client can have meant it; the widest double has 309 digits and 340 after the point.
      if exists (
        select from jsonb_path_query(p_config, 'strict $.** ? (@.type() == "number")') as n (value)
        where abs(n.value::numeric) >= 1e309 or scale(n.value::numeric) > 400
      ) then
        perform private.refuse(
          400, 'config_number_out_of_range', 'the config has a number outside of double precision',
          'Send such values as text, or not at all.'
        );
      end if;
    exception when statement_too_complex then
      perform private.refuse(
        400, 'config_too_deep', 'the config is nested too deeply', 'Flatten it to a few levels.'
      );
    end;
    if octet_length(p_config::text) <= p_max_bytes then
      return;
    end if;
  end if;

  perform private.refuse(
    413, 'config_too_large', 'the config is too large',
    format('As text it may have %s bytes; keep anything large out of it.', p_max_bytes)
  );
end;
$$;

comment on function private.check_config(jsonb, integer) is
'Refuses a config that is no object, that is too deep or too large, or that holds an absurd number.';

revoke all on function private.check_config(jsonb, integer) from public, anon, authenticated, service_role;

-- Absent, malformed and somebody else's look the same, so that nobody learns which private rotations exist. That an
-- open job has opened a rotation to its nodes does not count here: two users could keep each other's open for ever.
create or replace function private.check_rotation(p_config jsonb, p_user uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rotation text := lower(p_config ->> 'rotationId');
begin
  if v_rotation is null then
    return;
  end if;
  if v_rotation ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform from public.rotations as r
    where r.id = v_rotation::uuid and (r.is_public or r.user_id = p_user);
    if found then
      return;
    end if;
  end if;
  perform private.refuse(
    404, 'rotation_not_found', 'the rotation that the config names is not there',
    'Name a public rotation or one of your own by its id.'
  );
end;
$$;

comment on function private.check_rotation(jsonb, uuid) is
'Refuses a config whose rotationId is neither a public rotation nor the user''s own. Naming none is fine.';

revoke all on function private.check_rotation(jsonb, uuid) from public, anon, authenticated, service_role;

-- A request id stands for one request. With another config or another number of iterations it is a mistake of the
-- client's, and answering with the old job would hide it.
create or replace function private.job_of_request(
  p_user uuid,
  p_request_id uuid,
  p_config_hash text,
  p_iterations integer
)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job public.jobs;
begin
  select j.* into v_job from public.jobs as j where j.user_id = p_user and j.request_id = p_request_id;
  if v_job.config_hash <> p_config_hash or v_job.total_iterations <> p_iterations then
    perform private.refuse(
      409, 'request_id_reused', 'this request id belongs to another job', 'Make a new p_request_id for each job.'
    );
  end if;
  return v_job.id;
end;
$$;

comment on function private.job_of_request(uuid, uuid, text, integer) is
'The job that a request created, or null. Refuses a request id that was used for something else.';

revoke all on function private.job_of_request(uuid, uuid, text, integer)
from public, anon, authenticated, service_role;

-- Config, job and all chunks in one transaction. Whoever comes second with one config waits for the first and shares
-- its row; whoever comes second with one request id finds the first one's job.
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
  v_most := least(v_settings.chunk_size::bigint * v_settings.max_chunks_per_job, 2147483647);
  if p_iterations is null or p_iterations not between 1 and v_most then
    perform private.refuse(
      400, 'iterations_out_of_range', 'that is not a possible number of iterations',
      format('Ask for 1 to %s iterations.', v_most)
    );
  end if;
  perform private.check_config(p_config, v_settings.max_config_bytes);
  v_hash := public.hash_config(p_config);

  -- Before the rotation: the job of the first call stands, even if its rotation has gone since.
  if p_request_id is not null then
    v_job := private.job_of_request(v_user, p_request_id, v_hash, p_iterations);
  end if;

  if v_job is null then
    perform private.check_rotation(p_config, v_user);

    insert into public.jobs_configs as c (hash, config) values (v_hash, p_config)
    on conflict (hash) do update set last_used_at = now();

    insert into public.jobs (user_id, config_hash, total_iterations, access_type, discord_server_id, request_id)
    values (
      v_user, v_hash, p_iterations, p_access_type,
      case when p_access_type = 'discord' then btrim(p_discord_server_id) end, p_request_id
    )
    on conflict (user_id, request_id) where request_id is not null do nothing
    returning id into v_job;

    if v_job is not null then
      insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset)
      select v_job, v_hash, least(v_settings.chunk_size, p_iterations - o.seed_offset), o.seed_offset
      from generate_series(0, p_iterations - 1, v_settings.chunk_size) as o (seed_offset);
      get diagnostics v_chunks = row_count;
    else
      -- Lost a race against the same request: the conflict waited until the winner had committed.
      v_job := private.job_of_request(v_user, p_request_id, v_hash, p_iterations);
    end if;
  end if;

  if v_chunks is null then
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
config_number_out_of_range, request_id_reused, rotation_not_found.';

revoke all on function public.create_job(jsonb, integer, text, text, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.create_job(jsonb, integer, text, text, uuid) to authenticated;

delete from private.alembic_version where version_num = '0002';
insert into private.alembic_version (version_num) values ('0003');
