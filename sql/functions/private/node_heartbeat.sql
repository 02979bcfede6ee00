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
set jit = off
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
