-- Definer, because nobody owns an unclaimed node and so no policy lets a user see it. A code has 30 bits, so who may
-- try as often as they like finds one (RFC 8628, 5.1): wrong ones are counted, before it is known whether this is one.
create or replace function private.verify_claim_code(p_code text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := private.signed_in_user();
  v_address text := private.request_address();
  v_settings private.settings;
  v_node public.nodes;
begin
  select s.* into strict v_settings from private.settings as s;
  perform private.take(
    'claim codes of a user', v_user::text, 1, v_settings.claim_codes_per_hour, '1 hour',
    'too_many_claim_codes', 'you have tried too many claim codes'
  );
  if v_address is not null then
    perform private.take(
      'claim codes of an address', v_address, 1, v_settings.claim_codes_per_address_per_hour, '1 hour',
      'too_many_claim_codes', 'too many claim codes were tried from this address'
    );
  end if;

  select n.* into v_node from public.nodes as n
  where n.claim_code = upper(replace(left(p_code, 64), '-', '')) and n.user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  -- The right one costs nothing.
  update private.rates as r
  set due = r.due - interval '1 hour' / case r.kind
    when 'claim codes of a user' then v_settings.claim_codes_per_hour
    else v_settings.claim_codes_per_address_per_hour
  end
  where
    r.kind = 'claim codes of a user' and r.subject = v_user::text and v_settings.claim_codes_per_hour > 0
    or r.kind = 'claim codes of an address' and r.subject = v_address
      and v_settings.claim_codes_per_address_per_hour > 0;
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
