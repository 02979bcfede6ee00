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
