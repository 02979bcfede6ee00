-- Revision 0007, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0006' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0007', '0006', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- The periodic chores under their old names, so that the cron jobs keep calling them. They return what they did now,
-- which needs new functions: a return type cannot be replaced.

-- Added without a check, then checked: the first needs a strong lock for a moment only, the second reads for long.
alter table public.jobs_chunks drop constraint jobs_chunks_node_id_fkey;
alter table public.jobs_chunks add constraint jobs_chunks_node_id_fkey
foreign key (node_id) references public.nodes (id) on delete set null not valid;
alter table public.jobs_chunks validate constraint jobs_chunks_node_id_fkey;
-- Without it every node that goes would read all chunks. Chunks that wait have no node and do not pay for it.
create index idx_jobs_chunks_node_id on public.jobs_chunks (node_id) where node_id is not null;

drop function public.reap_stale_chunks();
drop function public.mark_nodes_offline();
drop function public.cleanup_stale_data();

-- The attempt's token stays: a late result counts as long as nobody else has been given the chunk. What is locked is
-- being completed, renewed or reaped by somebody else, so it can wait for the next time.
create or replace function private.reap_stale_chunks()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with stale as (
    select c.id from public.jobs_chunks as c
    where c.status = 'running'
      and (
        c.node_id is null
        or coalesce(c.claimed_at, c.created_at) < (select now() - s.stale_after from private.settings as s)
      )
    order by c.id for no key update skip locked
  )
  update public.jobs_chunks as c
  set status = 'pending', node_id = null, claimed_at = null
  from stale as s
  where c.id = s.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.reap_stale_chunks() is 'The body of public.reap_stale_chunks.';

revoke all on function private.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function private.reap_stale_chunks() to service_role;

-- Exposed, so it holds no privilege of its own; see private.reap_stale_chunks.
create or replace function public.reap_stale_chunks()
returns integer
language sql
set search_path = ''
as $$
  select private.reap_stale_chunks();
$$;

comment on function public.reap_stale_chunks() is
'Takes running chunks back that have been silent for longer than settings.stale_after, or whose node is gone; returns
how many. For the sentinel and cron.';

revoke all on function public.reap_stale_chunks() from public, anon, authenticated, service_role;
grant execute on function public.reap_stale_chunks() to service_role;

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

-- Exposed, so it holds no privilege of its own; see private.mark_nodes_offline.
create or replace function public.mark_nodes_offline()
returns integer
language sql
set search_path = ''
as $$
  select private.mark_nodes_offline();
$$;

comment on function public.mark_nodes_offline() is
'Marks online nodes offline that have been silent for longer than settings.offline_after; returns how many. For the
sentinel and cron.';

revoke all on function public.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function public.mark_nodes_offline() to service_role;

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

delete from private.alembic_version where version_num = '0006';
insert into private.alembic_version (version_num) values ('0007');
