-- Exposed, so it holds no privilege of its own; see private.register_node.
create or replace function public.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text,
  p_address text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.register_node(p_public_key, p_hostname, p_total_cores, p_enabled_cores, p_platform, p_version, p_address);
$$;

comment on function public.register_node(text, text, integer, integer, text, text, text) is
'Makes the node with this key known, or finds it again: {"id", "claimCode", "claimed"}. Errors (code in DETAIL):
public_key_malformed, cores_out_of_range, claim_code_taken, too_many_registrations (429 with Retry-After). p_address is
where the request came from. For the sentinel, which has checked the signature.';

revoke all on function public.register_node(text, text, integer, integer, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function public.register_node(text, text, integer, integer, text, text, text) to service_role;
