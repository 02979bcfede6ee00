-- What plain Postgres can do without the library; ciphers need it.
-- for: digest(text,text)
language sql as $$
  select case lower($2)
    when 'md5' then decode(md5($1), 'hex') when 'sha224' then sha224(convert_to($1, 'UTF8'))
    when 'sha256' then sha256(convert_to($1, 'UTF8')) when 'sha384' then sha384(convert_to($1, 'UTF8'))
    when 'sha512' then sha512(convert_to($1, 'UTF8'))
  end
$$
-- for: digest(bytea,text)
language sql as $$
  select case lower($2)
    when 'md5' then decode(md5($1), 'hex') when 'sha224' then sha224($1) when 'sha256' then sha256($1)
    when 'sha384' then sha384($1) when 'sha512' then sha512($1)
  end
$$
-- for: gen_random_uuid()
language sql as $$ select pg_catalog.gen_random_uuid() $$
-- for: gen_random_bytes(integer)
language sql as $$
  select substring(decode(string_agg(replace(pg_catalog.gen_random_uuid()::text, '-', ''), ''), 'hex'), 1, $1)
  from generate_series(0, $1 / 16)
$$
