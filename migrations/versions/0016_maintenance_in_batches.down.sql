-- The same threshold as in pair_chunks, so a node is online for the scheduler exactly as long as it is here. A node
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with silent as (
    select n.id from public.nodes as n
    where n.status = 'online'
      and (
        n.last_seen_at is null
        or n.last_seen_at < (select now() - s.offline_after from private.settings as s)
      )
    order by n.id for no key update skip locked
  )
  update public.nodes as n
  set status = 'offline'
  from silent as s
  where n.id = s.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.mark_nodes_offline() is 'The body of public.mark_nodes_offline.';

revoke all on function private.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function private.mark_nodes_offline() to service_role;

-- Chunks outlive their node: the foreign key sets node_id to null, and what the node was still running goes back to
-- pending. A row that is locked is in use after all.
create or replace function private.cleanup_stale_data()
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_nodes uuid[];
  v_configs text[];
  v_pending_nodes integer;
  v_offline_nodes integer;
  v_count integer;
begin
  select s.* into strict v_settings from private.settings as s;

  v_nodes := array(
    select n.id from public.nodes as n
    where n.status = 'pending' and n.user_id is null and n.created_at < now() - v_settings.pending_node_retention
    order by n.id for update skip locked
  );
  v_pending_nodes := cardinality(v_nodes);
  v_nodes := v_nodes || array(
    select n.id from public.nodes as n
    where n.status = 'offline'
      and coalesce(n.last_seen_at, n.created_at) < now() - v_settings.offline_node_retention
    order by n.id for update skip locked
  );
  v_offline_nodes := cardinality(v_nodes) - v_pending_nodes;
  delete from public.nodes as n where n.id = any(v_nodes);
  perform private.reap_stale_chunks();

  v_configs := array(
    select c.hash from public.jobs_configs as c
    where c.last_used_at < now() - v_settings.config_retention
      and not exists (select from public.jobs as j where j.config_hash = c.hash)
      and not exists (select from public.jobs_chunks as k where k.config_hash = c.hash)
    order by c.hash for update skip locked
  );
  -- Asked again under the lock, which new references to these configs must wait for.
  delete from public.jobs_configs as c
  where c.hash = any(v_configs)
    and not exists (select from public.jobs as j where j.config_hash = c.hash)
    and not exists (select from public.jobs_chunks as k where k.config_hash = c.hash);
  get diagnostics v_count = row_count;

  return jsonb_build_object(
    'pendingNodes', v_pending_nodes, 'offlineNodes', v_offline_nodes, 'configs', v_count
  );
end;
$$;

comment on function private.cleanup_stale_data() is 'The body of public.cleanup_stale_data.';

revoke all on function private.cleanup_stale_data() from public, anon, authenticated, service_role;
grant execute on function private.cleanup_stale_data() to service_role;

-- Exposed, so it holds no privilege of its own; see private.cleanup_stale_data.
create or replace function public.cleanup_stale_data()
returns jsonb
language sql
set search_path = ''
as $$
  select private.cleanup_stale_data();
$$;

comment on function public.cleanup_stale_data() is
'Deletes nodes that nobody claimed, nodes that have been gone for long, and configs that nothing uses, each after its
retention in the settings; returns how many: {"pendingNodes", "offlineNodes", "configs"}. For the sentinel and cron.';

revoke all on function public.cleanup_stale_data() from public, anon, authenticated, service_role;
grant execute on function public.cleanup_stale_data() to service_role;

drop function private.remove_unused_configs(interval, integer);
drop function private.remove_old_chunks(interval, integer);
drop index public.idx_jobs_ended;
alter table public.jobs drop column chunks_removed_at;
