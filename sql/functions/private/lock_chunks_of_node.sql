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
  return old;
end;
$$;

comment on function private.lock_chunks_of_node() is 'Locks the chunks of a node that is being deleted, by key.';

revoke all on function private.lock_chunks_of_node() from public, anon, authenticated, service_role;
