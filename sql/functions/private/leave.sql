-- The foreign keys take nodes, consents and memberships; this does what they cannot. Jobs go with their chunks. Of the
-- rotations, others compute with the public ones and have forked them, so these stay, and nobody's; the private ones
-- go. What the nodes were computing for others waits again at once.
-- It locks jobs, nodes and chunks first, one after the other and each in key order, since job by job and node by node
-- it would meet whoever locks them in everybody's order. And it waits for the jobs without standing in a line: two
-- reports on one job both hold it a little, then more, and who waits between them is a deadlock.
-- Runs as the auth service deletes a user. That service has no rights in this project, hence definer.
create or replace function private.leave()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs uuid[];
  v_nodes uuid[];
  v_until timestamptz := clock_timestamp() + interval '30 seconds';
begin
  delete from public.rotations as r where r.user_id = old.id and not r.is_public;
  update public.rotations as r set user_id = null where r.user_id = old.id;

  loop
    begin
      v_jobs := array(select j.id from public.jobs as j where j.user_id = old.id order by j.id for update nowait);
      exit;
    exception when lock_not_available then
      if clock_timestamp() > v_until then
        raise;
      end if;
      perform pg_sleep(0.005);
    end;
  end loop;
  v_nodes := array(select n.id from public.nodes as n where n.user_id = old.id order by n.id for update);
  perform from public.jobs_chunks as c
  where c.id in (
    select c.id from public.jobs_chunks as c where c.job_id = any(v_jobs)
    union all
    select c.id from public.jobs_chunks as c where c.node_id = any(v_nodes)
  )
  order by c.id for update;
  update public.jobs_chunks as c
  set status = 'pending', node_id = null, last_node_id = c.node_id, claimed_at = null, lease_expires_at = null
  where c.node_id = any(v_nodes) and c.status = 'running' and c.job_id <> all(v_jobs);
  delete from public.jobs as j where j.id = any(v_jobs);
  return old;
end;
$$;

comment on function private.leave() is
'Before a user is deleted: private rotations go, public ones stay without an owner, and what the user''s nodes compute
for others waits again.';

revoke all on function private.leave() from public, anon, authenticated, service_role;
