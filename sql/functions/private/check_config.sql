-- What a few bytes of JSON can become as text must be known before anybody makes text of it: 1e131071 has 131,072
-- digits, and so has 0e-16383 nearly. The cheap bounds come first and keep the exact one affordable.
create or replace function private.check_config(p_config jsonb, p_max_bytes integer)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_config) is distinct from 'object' then
    perform private.refuse(
      400, 'config_not_an_object', 'the config is not a JSON object', 'Send p_config as {"rotationId": …, …}.'
    );
  end if;

  -- Binary jsonb takes at most four bytes for each byte of text, so this refuses nothing that the exact bound allows.
  if pg_column_size(p_config) <= 4 * p_max_bytes + 1024 then
    begin
      -- Beyond double precision no client can have meant it; the widest double has 309 digits and 340 after the point.
      if exists (
        select from jsonb_path_query(p_config, 'strict $.** ? (@.type() == "number")') as n (value)
        where abs(n.value::numeric) >= 1e309 or scale(n.value::numeric) > 400
      ) then
        perform private.refuse(
          400, 'config_number_out_of_range', 'the config has a number outside of double precision',
          'Send such values as text, or not at all.'
        );
      end if;
    exception when statement_too_complex then
      perform private.refuse(
        400, 'config_too_deep', 'the config is nested too deeply', 'Flatten it to a few levels.'
      );
    end;
    if octet_length(p_config::text) <= p_max_bytes then
      return;
    end if;
  end if;

  perform private.refuse(
    413, 'config_too_large', 'the config is too large',
    format('As text it may have %s bytes; keep anything large out of it.', p_max_bytes)
  );
end;
$$;

comment on function private.check_config(jsonb, integer) is
'Refuses a config that is no object, that is too deep or too large, or that holds an absurd number.';

revoke all on function private.check_config(jsonb, integer) from public, anon, authenticated, service_role;
