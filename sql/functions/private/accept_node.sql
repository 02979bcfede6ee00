-- Only what is offered can be accepted, so nobody learns which nodes there are. A consent that ends needs no offer.
create or replace function private.accept_node(p_node_id uuid, p_accepted boolean)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
begin
  if p_accepted is not true then
    delete from public.nodes_acceptances as a where a.user_id = v_user and a.node_id = p_node_id;
    return jsonb_build_object('nodeId', p_node_id, 'accepted', false);
  end if;

  perform from public.nodes_permissions as p
  where p.node_id = p_node_id and p.access_type = 'user' and p.target_id = v_user::text;
  if not found then
    perform private.refuse(
      404, 'offer_not_found', 'this node is not offered to you', 'Its owner names you in the permissions of the node.'
    );
  end if;
  insert into public.nodes_acceptances (user_id, node_id) values (v_user, p_node_id) on conflict do nothing;
  perform pg_notify('pending_chunk', '');
  return jsonb_build_object('nodeId', p_node_id, 'accepted', true);
end;
$$;

comment on function private.accept_node(uuid, boolean) is 'The body of public.accept_node.';

revoke all on function private.accept_node(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function private.accept_node(uuid, boolean) to authenticated;
