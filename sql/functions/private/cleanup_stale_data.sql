-- Chunks outlive their node: what it was still running goes back to pending, and the foreign key sets node_id to null
-- in the rest. This holds chunks from several statements at once, in no common order, so it never waits for another
-- one: a node that somebody is at work with, or on a chunk of it, is in use after all, and can wait for the next time.
create or replace function private.cleanup_stale_data()
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_settings private.settings;
  v_ids uuid[];
  v_chunks uuid[];
  v_checksums text[];
  v_pending_nodes integer := 0;
  v_offline_nodes integer := 0;
begin
  select s.* into strict v_settings from private.settings as s;
  perform private.reap_stale_chunks();

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
    v_chunks := array(
      select c.id from public.jobs_chunks as c
      where c.node_id = any(v_ids)
      order by c.id for no key update skip locked
    );
    v_ids := array(
      select i.id from unnest(v_ids) as i (id)
      where (select count(*) from public.jobs_chunks as c where c.node_id = i.id)
        = (select count(*) from public.jobs_chunks as c where c.node_id = i.id and c.id = any(v_chunks))
    );
    update public.jobs_chunks as c
    set status = 'pending', node_id = null, last_node_id = c.node_id, claimed_at = null, lease_expires_at = null
    where c.id = any(v_chunks) and c.status = 'running' and c.node_id = any(v_ids);
    delete from public.nodes as n where n.id = any(v_ids);
    v_offline_nodes := v_offline_nodes + cardinality(v_ids);
    exit when cardinality(v_ids) < v_settings.batch_size;
  end loop;

  -- Who is behind their pace no more has used up nothing.
  delete from private.rates as r where r.due < now();
  -- As with configs, new jobs with these scripts wait for the lock, and are looked for again under it.
  v_checksums := array(
    select s.checksum from private.scripts as s
    where s.last_used_at < now() - v_settings.config_retention
      and not exists (select from public.jobs as j where j.script_checksum = s.checksum)
    order by s.checksum limit v_settings.batch_size for update skip locked
  );
  delete from private.scripts as s
  where s.checksum = any(v_checksums)
    and not exists (select from public.jobs as j where j.script_checksum = s.checksum);
  delete from private.chunk_failures as f
  where not exists (select from public.jobs_chunks as c where c.id = f.chunk_id);
  delete from private.owner_trust as t where not exists (select from auth.users as u where u.id = t.owner);
  delete from private.opinions as o
  where not exists (select from public.jobs_chunks as c where c.id = o.chunk_id);
  delete from private.checks as k
  where not exists (select from public.jobs_chunks as c where c.id = k.chunk_id);
  -- Copies have done their duty once their check is settled; whoever still computes one is told with the next
  -- heartbeat.
  v_ids := array(
    select j.id from public.jobs as j
    where j.replication = 'copy' and coalesce(j.completed_at, j.created_at) < now() - interval '1 hour'
      and not exists (
        select from public.jobs_chunks as c
        inner join private.checks as k on k.copy_id = c.id and k.settled_at is null
        where c.job_id = j.id
      )
    order by j.id limit v_settings.batch_size for update skip locked
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c where c.job_id = any(v_ids) order by c.id for update skip locked
  );
  delete from public.jobs as j
  where j.id = any(v_ids)
    and not exists (select from public.jobs_chunks as c where c.job_id = j.id and c.id <> all(v_chunks));

  delete from private.turns as t
  where t.pool = any(array(
    select o.pool from private.turns as o
    where not exists (
      select from public.jobs_chunks as c where c.status = 'pending' and c.node_id is null and c.pool = o.pool
    )
    for update skip locked
  ));

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
