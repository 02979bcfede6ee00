-- The token stays, so that the node's report, if it is repeated, is answered as before.
create or replace function private.hold_back(p_chunks uuid[])
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update public.jobs_chunks as c
  set
    status = 'running', node_id = null, last_node_id = coalesce(c.node_id, c.last_node_id), lease_expires_at = 'infinity',
    result = null, completed_at = null
  where c.id = any(p_chunks);
$$;

comment on function private.hold_back(uuid[]) is
'Lets chunks run on without a node until there is a verdict on their result. Call it with the chunks locked.';

revoke all on function private.hold_back(uuid[]) from public, anon, authenticated, service_role;
