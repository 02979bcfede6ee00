-- Exposed, so it holds no privilege of its own; see private.verify_claim_code.
create or replace function public.verify_claim_code(p_code text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.verify_claim_code(p_code);
$$;

comment on function public.verify_claim_code(text) is
'What a signed-in user sees of the unclaimed node with this claim code: {"valid": true, "nodeId", "name", "totalCores",
"platform", "version"}, or {"valid": false}. Dashes and case do not matter. Errors (code in
DETAIL): not_signed_in, too_many_claim_codes (429 with Retry-After, after settings.claim_codes_per_hour wrong ones).';

revoke all on function public.verify_claim_code(text) from public, anon, authenticated, service_role;
grant execute on function public.verify_claim_code(text) to authenticated;
