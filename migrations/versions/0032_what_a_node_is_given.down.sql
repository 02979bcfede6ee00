drop policy guilds_members_select_own on public.guilds_members;
drop policy nodes_acceptances_delete_own on public.nodes_acceptances;
drop policy nodes_acceptances_select_of_both_sides on public.nodes_acceptances;

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

-- The token of a chunk's latest attempt decides. A node that was given none (an older one) is believed while it holds
-- the chunk. A chunk that was taken back keeps the token of its last attempt until the next one, so a late result still
-- counts while nobody else is at work on it; without a token, from the node that held it last. The same chunk twice in
-- one report: the first entry that is good enough counts.
-- Jobs are locked before chunks, each in key order, and before anything is judged: nobody can reassign or complete a
-- chunk between the judgement and what the caller writes. The share lock only keeps an owner from deleting the job in
-- between, and lets other reports on the same job pass.
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
        when r.token is null and r.node_id is distinct from c.node_id then 'reassigned'
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

alter table public.guilds_members enable row level security;

revoke all on table public.guilds_members from public, anon, authenticated, service_role;

alter table public.nodes_acceptances enable row level security;

revoke all on table public.nodes_acceptances from public, anon, authenticated, service_role;

drop function private.accept_node(uuid, boolean);
drop function private.attempt_inputs(uuid, uuid);
drop function private.chunks_of_node(uuid, uuid[], text[], boolean);
drop function private.offered_nodes();
drop function public.accept_node(uuid, boolean);
drop function public.attempt_inputs(uuid, uuid);
drop function public.chunks_of_node(uuid, uuid[], text[], boolean);
drop function public.offered_nodes();
drop trigger trg_fail_jobs on public.rotations;
drop trigger trg_pin_inputs on public.jobs;
drop function private.fail_jobs_of_rotations();
drop function private.pin_inputs();

-- A constraint cannot be told to forget that it was validated.
alter table public.jobs drop constraint jobs_script_checksum_fkey;
alter table public.jobs add constraint jobs_script_checksum_fkey
foreign key (script_checksum) references private.scripts (checksum) not valid;
