-- Exposed, so it holds no privilege of its own; see private.accept_node.
create or replace function public.accept_node(p_node_id uuid, p_accepted boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_node(p_node_id, p_accepted);
$$;

comment on function public.accept_node(uuid, boolean) is
'Lets a node that somebody offers to the signed-in user compute this user''s jobs of access type user, or no longer:
{"nodeId", "accepted"}. What the node holds already it may finish. Errors (code in DETAIL): not_signed_in, offer_not_found.';

revoke all on function public.accept_node(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function public.accept_node(uuid, boolean) to authenticated;
