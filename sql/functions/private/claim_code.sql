-- Node and database compute the same six letters from the key, so a node can show its code before anybody has asked.
create or replace function private.claim_code(p_key bytea)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(
    substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', ((k.number >> s.shift) & 31)::integer + 1, 1), '' order by s.n
  )
  from (
    select
      get_byte(h.hash, 0) * 16777216::bigint + get_byte(h.hash, 1) * 65536 + get_byte(h.hash, 2) * 256
      + get_byte(h.hash, 3)
    from (select sha256(p_key)) as h (hash)
  ) as k (number)
  cross join unnest(array[27, 22, 17, 12, 7, 2]) with ordinality as s (shift, n);
$$;

comment on function private.claim_code(bytea) is
'The claim code of a public key: the first 30 bits of its SHA-256, five for each letter.';

revoke all on function private.claim_code(bytea) from public, anon, authenticated, service_role;
