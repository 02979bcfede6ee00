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

-- A constraint cannot be told to forget that it was validated.
alter table public.rotations drop constraint rotations_forked_from_id_fkey;
alter table public.rotations add constraint rotations_forked_from_id_fkey
foreign key (forked_from_id) references public.rotations (id) on delete set null not valid;
alter table public.rotations_versions drop constraint rotations_versions_created_by_fkey;
alter table public.rotations_versions add constraint rotations_versions_created_by_fkey
foreign key (created_by) references auth.users (id) on delete set null not valid;
alter table public.nodes drop constraint nodes_user_id_fkey;
alter table public.nodes add constraint nodes_user_id_fkey
foreign key (user_id) references auth.users (id) on delete cascade not valid;
