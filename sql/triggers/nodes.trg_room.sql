-- A heartbeat of a node that is there already costs the condition only.
create or replace trigger trg_room after update of
status, user_id, max_parallel, total_cores, quota, backoff_until on public.nodes
for each row when (
  new.status = 'online' and new.user_id is not null and (
    old.status <> 'online' or old.user_id is null or new.max_parallel > old.max_parallel
    or new.total_cores > old.total_cores or new.quota > old.quota
    or old.backoff_until is not null and new.backoff_until is null
  )
)
execute function private.notify_room();
