-- Exposed, so it holds no privilege of its own; see private.claim_node.
create or replace function public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_node(p_node_id, p_name, p_max_parallel);
$$;

comment on function public.claim_node(uuid, text, integer) is
'Makes the signed-in user the owner of an unclaimed node: {"success": true, "nodeId", "name", "maxParallel"}, or
{"success": false, "error"} where there is no such node or it has an owner. A null name or number keeps what the node
has. Errors (code in DETAIL): not_signed_in, name_too_long, parallel_out_of_range.';

revoke all on function public.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.claim_node(uuid, text, integer) to authenticated;
