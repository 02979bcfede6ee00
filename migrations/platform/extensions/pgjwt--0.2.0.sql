create function url_encode(data bytea) returns text language sql immutable
as $$ select pg_catalog.translate(pg_catalog.encode(data, 'base64'), E'+/=\n', '-_') $$;
create function url_decode(data text) returns bytea language sql immutable as $$
  select pg_catalog.decode(
    pg_catalog.rpad(pg_catalog.translate(data, '-_', '+/'), (pg_catalog.length(data) + 3) / 4 * 4, '='), 'base64'
  )
$$;
create function algorithm_sign(signables text, secret text, algorithm text) returns text language plpgsql immutable
as $$ begin raise exception 'the stand-in for pgjwt signs nothing' using errcode = '0A000'; end $$;
create function sign(payload json, secret text, algorithm text default 'HS256') returns text language plpgsql immutable
as $$ begin raise exception 'the stand-in for pgjwt signs nothing' using errcode = '0A000'; end $$;
create function verify(token text, secret text, algorithm text default 'HS256')
returns table (header json, payload json, valid boolean) language plpgsql immutable
as $$ begin raise exception 'the stand-in for pgjwt signs nothing' using errcode = '0A000'; end $$;
create function try_cast_double(inp text) returns double precision language plpgsql immutable
as $$ begin return inp::double precision; exception when others then return null; end $$;
