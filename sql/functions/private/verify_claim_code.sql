-- Definer, because nobody owns an unclaimed node and so no policy lets a user see it.
create or replace function private.verify_claim_code(p_code text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_node public.nodes;
begin
  perform private.signed_in_user();

  select n.* into v_node from public.nodes as n
  where n.claim_code = upper(replace(p_code, '-', '')) and n.user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  return jsonb_build_object(
    'valid', true,
    'nodeId', v_node.id,
    'name', v_node.name,
    'totalCores', v_node.total_cores,
    'platform', v_node.platform,
    'version', v_node.version
  );
end;
$$;

comment on function private.verify_claim_code(text) is 'The body of public.verify_claim_code.';

revoke all on function private.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function private.verify_claim_code(text) to authenticated;
