-- Deleting a node sets node_id to null in its chunks, in the order in which they lie on disk. Everybody else locks
-- chunks by key, so this takes the locks by key first; without it, a completion of the same chunks ends in a deadlock.
create or replace function private.lock_chunks_of_node()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from public.jobs_chunks as c where c.node_id = old.id order by c.id for no key update;
  return old;
end;
$$;

comment on function private.lock_chunks_of_node() is 'Locks the chunks of a node that is being deleted, by key.';

revoke all on function private.lock_chunks_of_node() from public, anon, authenticated, service_role;

drop trigger on_auth_user_deleted on auth.users;
drop trigger trg_statistics on public.jobs_chunks;
drop function private.keep_statistics();
drop function private.leave();
