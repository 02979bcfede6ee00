-- A slow chunk on a living node is not stale: its lease goes on, but not for ever, or a node that hangs would keep it.
-- A node that names no chunks (an older one) means all that it holds, unless it says that it goes.
create or replace function private.node_heartbeat(p_public_key text, p_status text, p_running uuid[])
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_node public.nodes;
  v_chunks uuid[];
  v_cancelled uuid[];
begin
  if p_status is null or p_status not in ('online', 'offline') then
    perform private.refuse(400, 'status_unknown', 'there is no such status', 'Send online or offline.');
  end if;

  update public.nodes as n
  set status = p_status, last_seen_at = now()
  where n.public_key = p_public_key and n.user_id is not null
  returning n.* into v_node;
  if not found then
    perform from public.nodes as n where n.public_key = p_public_key;
    if found then
      perform private.refuse(
        404, 'node_unclaimed', 'this node has no owner yet', 'Claim it in the portal with its claim code.'
      );
    end if;
    perform private.refuse(404, 'node_unknown', 'this node is not known', 'Register it first.');
  end if;

  select s.* into strict v_settings from private.settings as s;
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

comment on function private.node_heartbeat(text, text, uuid[]) is 'The body of public.node_heartbeat.';

revoke all on function private.node_heartbeat(text, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.node_heartbeat(text, text, uuid[]) to service_role;
