-- Revision 0016, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0015' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0016', '0015', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

alter table public.jobs add column chunks_removed_at timestamptz;
comment on column public.jobs.chunks_removed_at is 'when the chunks of this job, which ended long before, were deleted';
-- Holds the jobs that still have chunks to remove, oldest first. Built while writers of jobs wait; jobs are few beside
-- chunks.
create index idx_jobs_ended on public.jobs (coalesce(completed_at, created_at))
where status in ('completed', 'failed', 'cancelled') and chunks_removed_at is null;

-- The job keeps its result, and is marked, so that nobody looks for its chunks again.
create or replace function private.remove_old_chunks(p_retention interval, p_batch_size integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_chunks uuid[];
  v_emptied integer;
  v_count integer := 0;
begin
  loop
    v_jobs := array(
      select j.id from public.jobs as j
      where j.chunks_removed_at is null and j.status in ('completed', 'failed', 'cancelled')
        and coalesce(j.completed_at, j.created_at) < now() - p_retention
      order by coalesce(j.completed_at, j.created_at), j.id
      limit p_batch_size for no key update skip locked
    );
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.job_id = any(v_jobs) limit p_batch_size for update skip locked
    );
    delete from public.jobs_chunks as c where c.id = any(v_chunks);
    v_count := v_count + cardinality(v_chunks);

    update public.jobs as j
    set chunks_removed_at = now()
    where j.id = any(v_jobs) and not exists (select from public.jobs_chunks as c where c.job_id = j.id);
    get diagnostics v_emptied = row_count;
    exit when v_chunks = '{}' and v_emptied = 0;
  end loop;
  return v_count;
end;
$$;

comment on function private.remove_old_chunks(interval, integer) is
'Deletes the chunks of jobs that ended longer ago than that; returns how many.';

revoke all on function private.remove_old_chunks(interval, integer) from public, anon, authenticated, service_role;

-- A config goes once no job and no chunk names it. That a chunk names another one than its job is rare (edge functions
-- of the transition might have written it), so no index is kept for that: the few configs without a job are looked for
-- in all chunks at once.
create or replace function private.remove_unused_configs(p_retention interval, p_batch_size integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last text := '';
  v_configs text[];
  v_named text[];
  v_removed integer;
  v_count integer := 0;
begin
  loop
    v_configs := array(
      select g.hash from public.jobs_configs as g
      where g.hash > v_last and g.last_used_at < now() - p_retention
        and not exists (select from public.jobs as j where j.config_hash = g.hash)
      order by g.hash limit p_batch_size for update skip locked
    );
    exit when v_configs = '{}';
    v_last := v_configs[cardinality(v_configs)];

    v_named := array(
      select distinct c.config_hash from public.jobs_chunks as c where c.config_hash = any(v_configs)
    );
    -- Asked again under the lock, which new jobs with these configs must wait for.
    delete from public.jobs_configs as g
    where g.hash = any(v_configs) and g.hash <> all(v_named)
      and not exists (select from public.jobs as j where j.config_hash = g.hash);
    get diagnostics v_removed = row_count;
    v_count := v_count + v_removed;
  end loop;
  return v_count;
end;
$$;

comment on function private.remove_unused_configs(interval, integer) is
'Deletes configs that nothing has named or used for that long; returns how many.';

revoke all on function private.remove_unused_configs(interval, integer) from public, anon, authenticated, service_role;

-- Chunks outlive their node: the foreign key sets node_id to null, and what the node was still running goes back to
-- pending. A row that is locked is in use after all, and can wait for the next time.
create or replace function private.cleanup_stale_data()
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_ids uuid[];
  v_pending_nodes integer := 0;
  v_offline_nodes integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;

  loop
    v_ids := array(
      select n.id from public.nodes as n
      where n.status = 'pending' and n.user_id is null and n.created_at < now() - v_settings.pending_node_retention
      order by n.id limit v_settings.batch_size for update skip locked
    );
    delete from public.nodes as n where n.id = any(v_ids);
    v_pending_nodes := v_pending_nodes + cardinality(v_ids);
    exit when cardinality(v_ids) < v_settings.batch_size;
  end loop;

  loop
    v_ids := array(
      select n.id from public.nodes as n
      where n.status = 'offline'
        and coalesce(n.last_seen_at, n.created_at) < now() - v_settings.offline_node_retention
      order by n.id limit v_settings.batch_size for update skip locked
    );
    delete from public.nodes as n where n.id = any(v_ids);
    v_offline_nodes := v_offline_nodes + cardinality(v_ids);
    exit when cardinality(v_ids) < v_settings.batch_size;
  end loop;
  perform private.reap_stale_chunks();

  return jsonb_build_object(
    'pendingNodes', v_pending_nodes,
    'offlineNodes', v_offline_nodes,
    'chunks', private.remove_old_chunks(v_settings.chunk_retention, v_settings.batch_size),
    'configs', private.remove_unused_configs(v_settings.config_retention, v_settings.batch_size)
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
'Deletes nodes that nobody claimed, nodes that have been gone for long, the chunks of jobs that ended long ago (their
results stay), and configs that nothing uses, each after its retention in the settings; returns how many:
{"pendingNodes", "offlineNodes", "configs", "chunks"}. For the sentinel and cron.';

revoke all on function public.cleanup_stale_data() from public, anon, authenticated, service_role;
grant execute on function public.cleanup_stale_data() to service_role;

-- The same threshold as in pair_chunks, so a node is online for the scheduler exactly as long as it is here. A node
-- that is locked is just sending its heartbeat.
create or replace function private.mark_nodes_offline()
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_nodes uuid[];
  v_count integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;

  loop
    v_nodes := array(
      select n.id from public.nodes as n
      where n.status = 'online' and (n.last_seen_at is null or n.last_seen_at < now() - v_settings.offline_after)
      order by n.id limit v_settings.batch_size for no key update skip locked
    );
    update public.nodes as n set status = 'offline' where n.id = any(v_nodes);
    v_count := v_count + cardinality(v_nodes);
    exit when cardinality(v_nodes) < v_settings.batch_size;
  end loop;
  return v_count;
end;
$$;

comment on function private.mark_nodes_offline() is 'The body of public.mark_nodes_offline.';

revoke all on function private.mark_nodes_offline() from public, anon, authenticated, service_role;
grant execute on function private.mark_nodes_offline() to service_role;

delete from private.alembic_version where version_num = '0015';
insert into private.alembic_version (version_num) values ('0016');
