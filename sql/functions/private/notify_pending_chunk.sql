-- A NOTIFY takes a global lock at commit and wakes the scheduler, so: one for each statement, without payload, and only
-- if there is something to assign. The scheduler reads what is pending from the table.
create or replace function private.notify_pending_chunk()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_pending boolean;
begin
  if tg_op = 'INSERT' then
    v_pending := exists (
      select from new_chunks as n where n.status = 'pending' and n.node_id is null
    );
  else
    v_pending := exists (
      select from new_chunks as n
      where n.status = 'pending' and n.node_id is null
        and not exists (
          select from old_chunks as o where o.id = n.id and o.status = 'pending' and o.node_id is null
        )
    );
  end if;
  if v_pending then
    perform pg_notify('pending_chunk', '');
  end if;
  return null;
end;
$$;

comment on function private.notify_pending_chunk() is
'Sends pending_chunk at most once for each statement that makes a chunk pending.';

revoke all on function private.notify_pending_chunk() from public, anon, authenticated, service_role;
