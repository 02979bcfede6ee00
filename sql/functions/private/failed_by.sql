create or replace function private.failed_by(p_chunk_id uuid, p_last_node_id uuid, p_node_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_node_id = p_last_node_id or exists (
    select from private.chunk_failures as f where f.chunk_id = p_chunk_id and f.node_id = p_node_id
  );
$$;

comment on function private.failed_by(uuid, uuid, uuid) is
'Did this node fail or lose the chunk, which was taken back last from p_last_node_id?';

revoke all on function private.failed_by(uuid, uuid, uuid) from public, anon, authenticated, service_role;
