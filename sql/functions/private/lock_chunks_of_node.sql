-- Deleting a node sets node_id to null in its chunks, in the order in which they lie on disk. Everybody else locks
-- chunks by key, so this takes the locks by key first; without it, a completion of the same chunks ends in a deadlock.
-- That is for one node: of several in one statement, each one's chunks are locked after the last one's. Delete one at a
-- time, or leave it to cleanup_stale_data, which waits for nobody.
create or replace function private.lock_chunks_of_node()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
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
