-- What results mean beyond their chunks, for those marked at their assignment. A result that counts only once it is
-- confirmed is put aside, and its chunk stays running, without a node and for ever, until settle_checks has a verdict.
-- Nothing but the reported chunks is locked here, which they are already; verdicts need other locks.
create or replace function private.hear_results(
  p_chunks uuid[],
  p_nodes uuid[],
  p_results jsonb[],
  p_must_check boolean[]
)
returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_held_back uuid[];
  v_heard integer;
begin
  perform private.raise_quotas(
    array(select r.node_id from unnest(p_nodes, p_must_check) as r (node_id, must_check) where r.must_check)
  );

  insert into private.opinions (chunk_id, owner, node_id, result)
  select k.chunk_id, n.user_id, n.id, r.result
  from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
  inner join private.checks as k on k.copy_id = r.chunk_id
  inner join public.nodes as n on n.id = r.node_id
  where r.must_check
  on conflict do nothing;
  get diagnostics v_heard = row_count;

  -- Of what strangers computed: all where the job asks for it, and what new owners did.
  with strange as (
    select c.id, c.job_id, r.result, n.id as node_id, n.user_id as owner, j.replication
    from unnest(p_chunks, p_nodes, p_results, p_must_check) as r (chunk_id, node_id, result, must_check)
    inner join public.jobs_chunks as c on c.id = r.chunk_id
    inner join public.jobs as j on j.id = c.job_id
    inner join public.nodes as n on n.id = r.node_id
    where r.must_check and j.user_id <> n.user_id and c.pool ~ '^(spot|quorum):'
      and (j.replication = 'quorum' or not private.is_trusted(n.user_id))
  ),

  opened as (
    insert into private.checks (chunk_id, job_id, reason)
    select s.id, s.job_id, case s.replication when 'quorum' then 'quorum' else 'new owner' end from strange as s
    on conflict (chunk_id) do update set settled_at = null, verdict = null
  ),

  said as (
    insert into private.opinions (chunk_id, owner, node_id, result)
    select s.id, s.owner, s.node_id, s.result from strange as s
    on conflict (chunk_id, owner) do update set result = excluded.result, node_id = excluded.node_id, fresh = true
  )

  select array_agg(s.id) into v_held_back from strange as s;

  if v_held_back is not null then
    perform private.hold_back(v_held_back);
  end if;
  if v_held_back is not null or v_heard > 0 then
    perform pg_notify('pending_chunk', '');
  end if;
  return coalesce(v_held_back, '{}');
end;
$$;

comment on function private.hear_results(uuid[], uuid[], jsonb[], boolean[]) is
'Takes note of accepted results that have consequences; returns the chunks that must wait until theirs is confirmed.';

revoke all on function private.hear_results(uuid[], uuid[], jsonb[], boolean[])
from public, anon, authenticated, service_role;
