-- Its values are kept as they are written and read apart by the type's own notation: "key"=>"value", …
create function hstore_standin_index(internal) returns internal language internal immutable as 'internal_in';
create type hstore;
create function hstore_in(cstring) returns hstore language internal immutable strict parallel safe as 'textin';
create function hstore_out(hstore) returns cstring language internal immutable strict parallel safe as 'textout';
create type hstore (input = hstore_in, output = hstore_out, internallength = variable, storage = extended);
create cast (hstore as text) without function;
create cast (text as hstore) without function;

create function hstore(text, text) returns hstore language sql immutable parallel safe
as $$ select pg_catalog.format('"%s"=>"%s"', $1, $2)::hstore $$;
create function each(hs hstore, out key text, out value text) returns setof record
language sql immutable strict parallel safe
as $$ select m[1], m[2] from pg_catalog.regexp_matches($1::text, '"?([^"=,]+)"?=>"?([^",]*)"?', 'g') as m $$;
create function fetchval(hstore, text) returns text language sql immutable strict parallel safe
as $$ select value from each($1) where key = $2 $$;
create function exist(hstore, text) returns boolean language sql immutable strict parallel safe
as $$ select exists (select from each($1) where key = $2) $$;
create function akeys(hstore) returns text[] language sql immutable strict parallel safe
as $$ select array(select key from each($1)) $$;
create function avals(hstore) returns text[] language sql immutable strict parallel safe
as $$ select array(select value from each($1)) $$;
create function hs_concat(hstore, hstore) returns hstore language sql immutable parallel safe
as $$ select pg_catalog.concat_ws(', ', nullif($1::text, ''), nullif($2::text, ''))::hstore $$;
create function hs_contains(hstore, hstore) returns boolean language sql immutable strict parallel safe
as $$ select not exists (select * from each($2) except select * from each($1)) $$;
create function hs_contained(hstore, hstore) returns boolean language sql immutable strict parallel safe
as $$ select hs_contains($2, $1) $$;
create function hstore_to_json(hstore) returns json language sql immutable strict parallel safe
as $$ select pg_catalog.json_object_agg(key, value) from each($1) $$;
create function hstore_to_jsonb(hstore) returns jsonb language sql immutable strict parallel safe
as $$ select pg_catalog.jsonb_object_agg(key, value) from each($1) $$;
create operator -> (leftarg = hstore, rightarg = text, function = fetchval);
create operator ? (leftarg = hstore, rightarg = text, function = exist);
create operator || (leftarg = hstore, rightarg = hstore, function = hs_concat);
create operator @> (leftarg = hstore, rightarg = hstore, function = hs_contains, commutator = <@);
create operator <@ (leftarg = hstore, rightarg = hstore, function = hs_contained, commutator = @>);
create operator class gin_hstore_ops default for type hstore using gin as
operator 7 @>, operator 9 ?(hstore, text), function 1 pg_catalog.bttextcmp(text, text),
function 2 hstore_standin_index(internal), function 3 hstore_standin_index(internal),
function 4 hstore_standin_index(internal), storage text;
create operator class gist_hstore_ops default for type hstore using gist as
operator 7 @>, operator 9 ?(hstore, text), function 1 hstore_standin_index(internal),
function 2 hstore_standin_index(internal),
function 5 hstore_standin_index(internal), function 6 hstore_standin_index(internal),
function 7 hstore_standin_index(internal);
