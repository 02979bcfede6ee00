-- Revision 0037, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0036' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0037', '0036', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Chunks go, what was computed stays computed: when the retention is over, when a job is deleted, when its owner
-- leaves.
create or replace function private.keep_statistics()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into private.past_chunks as p (completed_on, chunks, iterations)
  select (c.completed_at at time zone 'utc')::date, count(*), sum(c.iterations)
  from old_chunks as c
  where c.status = 'completed' and c.completed_at is not null
  group by 1
  order by 1
  on conflict (completed_on) do update
  set chunks = p.chunks + excluded.chunks, iterations = p.iterations + excluded.iterations;

  insert into private.past_nodes (completed_on, node_id)
  select distinct (c.completed_at at time zone 'utc')::date, c.node_id
  from old_chunks as c
  where c.status = 'completed' and c.completed_at is not null and c.node_id is not null
  order by 1, 2
  on conflict do nothing;
  return null;
end;
$$;

comment on function private.keep_statistics() is 'Adds completed chunks that are deleted to the totals of their days.';

revoke all on function private.keep_statistics() from public, anon, authenticated, service_role;

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

-- Deleting a node sets node_id to null in its chunks, in the order in which they lie on disk. Everybody else locks
-- chunks by key, so this takes the locks by key first; without it, a completion of the same chunks ends in a deadlock.
-- That is for one node: of several in one statement, each one's chunks are locked after the last one's. Delete one at a
-- time, or leave it to cleanup_stale_data, which waits for nobody.
create or replace function private.lock_chunks_of_node()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from public.jobs_chunks as c where c.node_id = old.id order by c.id for no key update;
  -- Its chunks stay, and will not know any more who completed them.
  insert into private.past_nodes (completed_on, node_id)
  select distinct (c.completed_at at time zone 'utc')::date, old.id
  from public.jobs_chunks as c
  where c.node_id = old.id and c.status = 'completed' and c.completed_at is not null
  on conflict do nothing;
  return old;
end;
$$;

comment on function private.lock_chunks_of_node() is
'Locks the chunks of a node that is being deleted, by key, and notes the days on which it completed any.';

revoke all on function private.lock_chunks_of_node() from public, anon, authenticated, service_role;

create or replace trigger on_auth_user_deleted before delete on auth.users
for each row execute function private.leave();

create or replace trigger trg_statistics after delete on public.jobs_chunks
referencing old table as old_chunks
for each statement execute function private.keep_statistics();

-- In a transaction of its own, because only then is the strong lock gone under which the constraints were added.
alter table public.nodes validate constraint nodes_user_id_fkey;
alter table public.rotations_versions validate constraint rotations_versions_created_by_fkey;
alter table public.rotations validate constraint rotations_forked_from_id_fkey;

delete from private.alembic_version where version_num = '0036';
insert into private.alembic_version (version_num) values ('0037');
