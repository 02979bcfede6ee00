-- Digits count from the first one that is not zero, so small figures keep as many as large ones. Fifteen are what every
-- double holds; further ones would be the noise of its last bit.
create or replace function private.round_significant(p_value numeric)
returns float8
language plpgsql
stable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- What is too small for a double is no error here, but zero.
  return case when abs(p_value) < 5e-324 then 0 else to_char(p_value, '9.99999999999999EEEE')::float8 end;
end;
$$;

comment on function private.round_significant(numeric) is
'The double nearest to a number rounded to 15 significant digits.';

revoke all on function private.round_significant(numeric) from public, anon, authenticated, service_role;
