create function unaccent(text) returns text language sql stable strict parallel safe
as $$ select pg_catalog.regexp_replace(pg_catalog.normalize($1, nfd), '[\u0300-\u036f]', '', 'g') $$;
create function unaccent(regdictionary, text) returns text language sql stable strict parallel safe
as $$ select pg_catalog.regexp_replace(pg_catalog.normalize($2, nfd), '[\u0300-\u036f]', '', 'g') $$;
create text search dictionary unaccent (template = pg_catalog.simple);
