-- The same rule by which assign_to_node and pair_chunks find chunks, asked of one node and one chunk.
create or replace function private.may_run(p_node_id uuid, p_owner uuid, p_pool text, p_user_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_owner = p_user_id or (
    not private.is_blocked(p_owner)
    and (p_pool not like 'witness:%' or private.is_witness(p_owner))
    and exists (
      select from private.shared_pools as s where s.node_id = p_node_id and s.pool = private.base_pool(p_pool)
    )
  );
$$;

comment on function private.may_run(uuid, uuid, text, uuid) is
'May this node of that owner run chunks that wait in a pool for a user?';

revoke all on function private.may_run(uuid, uuid, text, uuid) from public, anon, authenticated, service_role;
