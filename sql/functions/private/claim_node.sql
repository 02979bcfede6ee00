-- Definer, because nobody owns an unclaimed node and so no policy lets a user change it.
create or replace function private.claim_node(p_node_id uuid, p_name text, p_max_parallel integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
  v_node public.nodes;
begin
  if length(p_name) > 255 then
    perform private.refuse(400, 'name_too_long', 'the name is too long', 'It may have 255 characters.');
  end if;
  if p_max_parallel not between 0 and 4096 then
    perform private.refuse(
      400, 'parallel_out_of_range', 'that is not a possible number of chunks at a time', 'Send 0 to 4096.'
    );
  end if;

  update public.nodes as n
  set
    user_id = v_user,
    name = coalesce(nullif(btrim(p_name), ''), n.name),
    max_parallel = coalesce(p_max_parallel, n.max_parallel),
    claim_code = null
  where n.id = p_node_id and n.user_id is null
  returning n.* into v_node;
  if not found then
    return jsonb_build_object('success', false, 'error', 'no such node, or it has an owner');
  end if;

  return jsonb_build_object(
    'success', true, 'nodeId', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel
  );
end;
$$;

comment on function private.claim_node(uuid, text, integer) is 'The body of public.claim_node.';

revoke all on function private.claim_node(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function private.claim_node(uuid, text, integer) to authenticated;
