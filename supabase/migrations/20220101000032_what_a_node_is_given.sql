-- Revision 0032, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0031' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0032', '0031', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Only what is offered can be accepted, so nobody learns which nodes there are. A consent that ends needs no offer.
create or replace function private.accept_node(p_node_id uuid, p_accepted boolean)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
begin
  if p_accepted is not true then
    delete from public.nodes_acceptances as a where a.user_id = v_user and a.node_id = p_node_id;
    return jsonb_build_object('nodeId', p_node_id, 'accepted', false);
  end if;

  perform from public.nodes_permissions as p
  where p.node_id = p_node_id and p.access_type = 'user' and p.target_id = v_user::text;
  if not found then
    perform private.refuse(
      404, 'offer_not_found', 'this node is not offered to you', 'Its owner names you in the permissions of the node.'
    );
  end if;
  insert into public.nodes_acceptances (user_id, node_id) values (v_user, p_node_id) on conflict do nothing;
  perform pg_notify('pending_chunk', '');
  return jsonb_build_object('nodeId', p_node_id, 'accepted', true);
end;
$$;

comment on function private.accept_node(uuid, boolean) is 'The body of public.accept_node.';

revoke all on function private.accept_node(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function private.accept_node(uuid, boolean) to authenticated;

-- For nodes that fetch through PostgREST. They come with the anon key, so what proves that a chunk is theirs is the
-- token of its attempt, which nobody else has been told. Every mistake looks the same.
create or replace function private.attempt_inputs(p_chunk_id uuid, p_attempt_token uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_inputs jsonb;
begin
  select jsonb_build_object(
    'configHash', c.config_hash,
    'config', g.config,
    'rotation', case when s.checksum is not null then jsonb_build_object(
      'id', j.rotation_id, 'version', j.rotation_version, 'checksum', s.checksum, 'script', s.script
    ) end
  ) into v_inputs
  from public.jobs_chunks as c
  inner join public.jobs as j on j.id = c.job_id
  inner join public.jobs_configs as g on g.hash = c.config_hash
  left join private.scripts as s on s.checksum = j.script_checksum
  where c.id = p_chunk_id and c.attempt_token = p_attempt_token and c.status = 'running';
  if not found then
    perform private.refuse(
      404, 'attempt_not_found', 'no such attempt is running', 'Ask for the chunks of this node again.'
    );
  end if;
  return v_inputs;
end;
$$;

comment on function private.attempt_inputs(uuid, uuid) is 'The body of public.attempt_inputs.';

revoke all on function private.attempt_inputs(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function private.attempt_inputs(uuid, uuid) to anon, authenticated;

-- Absent, malformed and somebody else's look the same, so that nobody learns which private rotations exist. That an
-- open job has opened a rotation to its nodes does not count here: two users could keep each other's open for ever.
-- The lock keeps the rotation from being deleted until the job that names it is there to be failed.
create or replace function private.check_rotation(p_config jsonb, p_user uuid)
returns void
language plpgsql
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
    where r.id = v_rotation::uuid and (r.is_public or r.user_id = p_user)
    for key share;
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

-- What a node is told of the chunks that it holds. Configs and scripts are large and many chunks share them: a node
-- that says which it has (p_known, by their hashes, even if none) gets each of the others once, beside the chunks; an
-- older one gets them within each chunk (p_embed), or not at all. Where they are more than the settings allow for one
-- answer, the chunks from there on wait for the next answer; one chunk's are always let through, or it would wait for
-- ever. A chunk that the node knows, by the token of its attempt, needs neither.
create or replace function private.chunks_of_node(p_node_id uuid, p_attempts uuid[], p_known text[], p_embed boolean)
returns table (answer jsonb, news boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_most bigint := (select s.max_answer_bytes from private.settings as s);
begin
  return query
  with held as materialized (
    select
      c.id, c.attempt_token, c.iterations, c.seed_offset, c.config_hash,
      j.rotation_id, j.rotation_version, j.script_checksum,
      coalesce(c.attempt_token = any(p_attempts), false) as known,
      row_number() over (order by c.claimed_at, c.seed_offset, c.id) as place
    from public.jobs_chunks as c
    -- Limited, so that it is looked up, whatever the statistics say of jobs.
    cross join lateral (
      select j.rotation_id, j.rotation_version, j.script_checksum from public.jobs as j where j.id = c.job_id limit 1
    ) as j
    where c.node_id = p_node_id and c.status = 'running'
  ),

  needed as materialized (
    select min(h.place) as place, i.kind, i.hash
    from held as h
    cross join lateral (values ('config', h.config_hash), ('script', h.script_checksum)) as i (kind, hash)
    where not h.known and i.hash is not null
      and case when p_known is null then p_embed else i.hash <> all(p_known) end
    group by i.kind, i.hash, case when p_known is null then h.place end
  ),

  inputs as materialized (
    select
      n.place, n.kind, n.hash,
      case n.kind
        when 'config' then (select g.config from public.jobs_configs as g where g.hash = n.hash)
        else (select to_jsonb(s.script) from private.scripts as s where s.checksum = n.hash)
      end as content
    from needed as n
  ),

  -- The first chunk that is too much.
  cut as (
    select min(t.place) as place
    from (
      select i.place, sum(i.bytes) over (order by i.place) as total, i.bytes
      from (
        select i.place, sum(octet_length(i.content::text)) as bytes from inputs as i group by i.place
      ) as i
    ) as t
    where t.total > v_most and t.total > t.bytes
  ),

  given as materialized (
    select h.* from held as h cross join cut as t where h.known or t.place is null or h.place < t.place
  ),

  described as (
    select jsonb_agg(jsonb_build_object(
      'chunkId', g.id, 'attemptToken', g.attempt_token, 'iterations', g.iterations, 'seedOffset', g.seed_offset,
      'configHash', g.config_hash,
      'rotation', case when g.script_checksum is not null then jsonb_build_object(
        'id', g.rotation_id, 'version', g.rotation_version, 'checksum', g.script_checksum
      ) || case when s.content is null then '{}' else jsonb_build_object('script', s.content) end end
    ) || case when p_known is null then jsonb_build_object('config', k.content) else '{}' end order by g.place) as chunks
    from given as g
    left join inputs as k on p_known is null and k.place = g.place and k.kind = 'config'
    left join inputs as s on p_known is null and s.place = g.place and s.kind = 'script'
  ),

  shared as (
    select
      coalesce(jsonb_object_agg(i.hash, i.content) filter (where i.kind = 'config'), '{}') as configs,
      coalesce(jsonb_object_agg(i.hash, i.content) filter (where i.kind = 'script'), '{}') as scripts
    from inputs as i
    cross join cut as t
    where p_known is not null and (t.place is null or i.place < t.place)
  )

  select
    jsonb_build_object('chunks', coalesce(d.chunks, '[]'))
    || case
      when p_known is null then '{}'
      else jsonb_build_object('configs', a.configs, 'scripts', a.scripts)
    end,
    exists (select from given as g where not g.known)
  from described as d
  cross join shared as a;
end;
$$;

comment on function private.chunks_of_node(uuid, uuid[], text[], boolean) is 'The body of public.chunks_of_node.';

revoke all on function private.chunks_of_node(uuid, uuid[], text[], boolean)
from public, anon, authenticated, service_role;
grant execute on function private.chunks_of_node(uuid, uuid[], text[], boolean) to service_role;

-- A job goes on with the text it was submitted with when the rotation is edited; when its owner takes the rotation
-- away, it ends. Its chunks fail, and the job with the last of them, so what was completed is in its result. Jobs are
-- locked before chunks, each in key order, as everywhere. An insert of a job waits for the deletion, or this sees its
-- job: private.check_rotation has locked the rotation.
create or replace function private.fail_jobs_of_rotations()
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
    select j.id from public.jobs as j
    where j.rotation_id in (select r.id from old_rotations as r) and j.status in ('pending', 'running')
    order by j.id for key share
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.job_id = any(v_jobs) and c.status in ('pending', 'running')
    order by c.id for no key update
  );
  update public.jobs_chunks as c
  set
    status = 'failed',
    completed_at = now(),
    error = 'the rotation that this job computes was deleted',
    node_id = null,
    last_node_id = coalesce(c.node_id, c.last_node_id),
    claimed_at = null,
    lease_expires_at = null
  where c.id = any(v_chunks);
  return null;
end;
$$;

comment on function private.fail_jobs_of_rotations() is 'Ends the open jobs whose rotation was deleted, as failed.';

revoke all on function private.fail_jobs_of_rotations() from public, anon, authenticated, service_role;

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

-- Definer, because a node is its owner's to see; this shows of an offered one what is needed to decide.
create or replace function private.offered_nodes()
returns table (node_id uuid, name text, owner_id uuid, accepted boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user uuid := private.signed_in_user();
begin
  return query
  select distinct n.id, n.name, n.user_id, a.user_id is not null
  from public.nodes_permissions as p
  inner join public.nodes as n on n.id = p.node_id
  left join public.nodes_acceptances as a on a.node_id = n.id and a.user_id = v_user
  where p.access_type = 'user' and p.target_id = v_user::text and n.user_id <> v_user;
end;
$$;

comment on function private.offered_nodes() is 'The body of public.offered_nodes.';

revoke all on function private.offered_nodes() from public, anon, authenticated, service_role;
grant execute on function private.offered_nodes() to authenticated;

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
    insert into private.scripts as s (checksum, script) values (new.script_checksum, v_script)
    on conflict (checksum) do update set last_used_at = now();
  end if;
  return new;
end;
$$;

comment on function private.pin_inputs() is
'Writes version and checksum of the rotation that a new job''s config names into the job, and keeps the script.';

revoke all on function private.pin_inputs() from public, anon, authenticated, service_role;

-- Exposed, so it holds no privilege of its own; see private.accept_node.
create or replace function public.accept_node(p_node_id uuid, p_accepted boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_node(p_node_id, p_accepted);
$$;

comment on function public.accept_node(uuid, boolean) is
'Lets a node that somebody offers to the signed-in user compute this user''s jobs of access type user, or no longer:
{"nodeId", "accepted"}. What the node holds already it may finish. Errors (code in DETAIL): not_signed_in, offer_not_found.';

revoke all on function public.accept_node(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function public.accept_node(uuid, boolean) to authenticated;

-- Exposed, so it holds no privilege of its own; see private.attempt_inputs.
create or replace function public.attempt_inputs(p_chunk_id uuid, p_attempt_token uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.attempt_inputs(p_chunk_id, p_attempt_token);
$$;

comment on function public.attempt_inputs(uuid, uuid) is
'What a chunk is computed from, for the node that holds it and so knows the token of its attempt: {"configHash",
"config", "rotation": {"id", "version", "checksum", "script"} or null}, as they were when the job was submitted. Error
(code in DETAIL): attempt_not_found.';

revoke all on function public.attempt_inputs(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.attempt_inputs(uuid, uuid) to anon, authenticated;

-- Exposed, so it holds no privilege of its own; see private.chunks_of_node.
create or replace function public.chunks_of_node(
  p_node_id uuid,
  p_attempts uuid[] default '{}',
  p_known text[] default null,
  p_embed boolean default true
)
returns table (answer jsonb, news boolean)
language sql
set search_path = ''
as $$
  select c.* from private.chunks_of_node(p_node_id, p_attempts, p_known, p_embed) as c;
$$;

comment on function public.chunks_of_node(uuid, uuid[], text[], boolean) is
'The chunks that a node computes: {"chunks": [{"chunkId", "attemptToken", "iterations", "seedOffset", "configHash",
"rotation": {"id", "version", "checksum"} or null}, …], "configs": {HASH: {…}}, "scripts": {CHECKSUM: "…"}}, without the
configs and scripts whose hashes stand in p_known, and with no more of them than settings.max_answer_bytes: the chunks of
the rest come with the next answer. Where p_known is null, "config" and "rotation.script" stand in each chunk, if p_embed
is true. And whether there is a chunk whose token is not in p_attempts. For the sentinel.';

revoke all on function public.chunks_of_node(uuid, uuid[], text[], boolean)
from public, anon, authenticated, service_role;
grant execute on function public.chunks_of_node(uuid, uuid[], text[], boolean) to service_role;

-- Exposed, so it holds no privilege of its own; see private.offered_nodes.
create or replace function public.offered_nodes()
returns table (node_id uuid, name text, owner_id uuid, accepted boolean)
language sql
set search_path = ''
as $$
  select o.* from private.offered_nodes() as o;
$$;

comment on function public.offered_nodes() is
'The nodes of others that are offered to the signed-in user, and whether they are accepted. Error (code in DETAIL):
not_signed_in.';

revoke all on function public.offered_nodes() from public, anon, authenticated, service_role;
grant execute on function public.offered_nodes() to authenticated;

create or replace trigger trg_fail_jobs after delete on public.rotations
referencing old table as old_rotations
for each statement execute function private.fail_jobs_of_rotations();

create or replace trigger trg_pin_inputs before insert on public.jobs
for each row execute function private.pin_inputs();

-- Who belongs to a Discord server is not the user's to say: the service writes what Discord tells it.
alter table public.guilds_members enable row level security;

revoke all on table public.guilds_members from public, anon, authenticated, service_role;
grant select on table public.guilds_members to authenticated;
grant select, insert, update, delete on table public.guilds_members to service_role;

drop policy if exists guilds_members_select_own on public.guilds_members;
create policy guilds_members_select_own on public.guilds_members
for select to authenticated using (user_id = (select auth.uid()));

-- Made by accept_node; seen by both sides, ended by the one who accepted.
alter table public.nodes_acceptances enable row level security;

revoke all on table public.nodes_acceptances from public, anon, authenticated, service_role;
grant select, delete on table public.nodes_acceptances to authenticated;
grant select, insert, delete on table public.nodes_acceptances to service_role;

drop policy if exists nodes_acceptances_select_of_both_sides on public.nodes_acceptances;
create policy nodes_acceptances_select_of_both_sides on public.nodes_acceptances
for select to authenticated using (
  user_id = (select auth.uid())
  or node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
);

drop policy if exists nodes_acceptances_delete_own on public.nodes_acceptances;
create policy nodes_acceptances_delete_own on public.nodes_acceptances
for delete to authenticated using (user_id = (select auth.uid()));

-- In a transaction of its own, because only then is the strong lock gone under which the constraint was added.
alter table public.jobs validate constraint jobs_script_checksum_fkey;

delete from private.alembic_version where version_num = '0031';
insert into private.alembic_version (version_num) values ('0032');
