-- Name and parallelism are the node's first proposal and then its owner's to change; the rest is what the machine says
-- of itself, each time anew. The claim code lasts until somebody has claimed the node.
create or replace function private.register_node(
  p_public_key text,
  p_hostname text,
  p_total_cores integer,
  p_enabled_cores integer,
  p_platform text,
  p_version text,
  p_address text
)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code text;
  v_settings private.settings;
  v_node public.nodes;
begin
  -- base64 has several spellings of the same bytes; one key must not become two nodes.
  if p_public_key is null or p_public_key !~ '^[A-Za-z0-9+/]{43}=$'
    or encode(decode(p_public_key, 'base64'), 'base64') <> p_public_key then
    perform private.refuse(
      400, 'public_key_malformed', 'that is no Ed25519 public key', 'Send 32 bytes in canonical base64, padded.'
    );
  end if;
  if p_total_cores is null or p_enabled_cores is null
    or p_total_cores not between 1 and 4096 or p_enabled_cores not between 1 and p_total_cores then
    perform private.refuse(
      400, 'cores_out_of_range', 'that is not a possible number of cores',
      'Send 1 to 4096 total cores, and of these at least one enabled.'
    );
  end if;
  v_code := private.claim_code(decode(p_public_key, 'base64'));

  select s.* into strict v_settings from private.settings as s;
  perform private.take(
    'registrations of a key', p_public_key, 1, v_settings.registrations_per_minute, '1 minute',
    'too_many_registrations', 'this node registers too often'
  );
  -- Keys cost nothing, so for new ones the address counts; an older sentinel names none.
  if p_address is not null and not exists (select from public.nodes as n where n.public_key = p_public_key) then
    perform private.take(
      'new nodes of an address', left(p_address, 64), 1, v_settings.new_nodes_per_address_per_hour, '1 hour',
      'too_many_registrations', 'too many new nodes come from this address'
    );
  end if;

  insert into public.nodes as n (public_key, claim_code, name, total_cores, max_parallel, platform, version)
  values (
    p_public_key, v_code, coalesce(nullif(left(btrim(p_hostname), 255), ''), 'My Node'), p_total_cores, p_enabled_cores,
    coalesce(left(p_platform, 255), 'unknown'), coalesce(left(p_version, 255), 'unknown')
  )
  on conflict (public_key) do update
  set
    total_cores = excluded.total_cores,
    platform = excluded.platform,
    version = excluded.version,
    -- It was started again, so it may be mended: one chunk will tell.
    backoff_until = null,
    claim_code = case when n.user_id is null then excluded.claim_code end
  returning n.* into v_node;

  return jsonb_build_object('id', v_node.id, 'claimCode', v_code, 'claimed', v_node.user_id is not null);
exception when unique_violation then
  -- 30 bits are few: another unclaimed node can have the same code.
  perform private.refuse(
    409, 'claim_code_taken', 'another node is waiting to be claimed under the same code',
    'Claim that node first, or make a new key pair.'
  );
end;
$$;

comment on function private.register_node(text, text, integer, integer, text, text, text) is
'The body of public.register_node.';

revoke all on function private.register_node(text, text, integer, integer, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function private.register_node(text, text, integer, integer, text, text, text) to service_role;
