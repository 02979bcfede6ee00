-- A path is kept as it is written: labels with dots between them.
create function ltree_standin_index(internal) returns internal language internal immutable as 'internal_in';
do $types$
declare
  v text;
begin
  foreach v in array array['ltree', 'lquery', 'ltxtquery'] loop
    execute format('create type %s', v);
    execute format(
      'create function %1$s_in(cstring) returns %1$s language internal immutable strict parallel safe as ''textin''', v
    );
    execute format(
      'create function %1$s_out(%1$s) returns cstring language internal immutable strict parallel safe as ''textout''', v
    );
    execute format(
      'create type %1$s (input = %1$s_in, output = %1$s_out, internallength = variable, storage = extended)', v
    );
  end loop;
end
$types$;
create cast (ltree as text) without function;
create cast (text as ltree) without function;
create function text2ltree(text) returns ltree language sql immutable strict parallel safe as $$ select $1::ltree $$;
create function ltree2text(ltree) returns text language sql immutable strict parallel safe as $$ select $1::text $$;
create function nlevel(ltree) returns integer language sql immutable strict parallel safe
as $$ select pg_catalog.cardinality(pg_catalog.string_to_array($1::text, '.')) $$;
create function subltree(ltree, integer, integer) returns ltree language sql immutable strict parallel safe
as $$ select pg_catalog.array_to_string((pg_catalog.string_to_array($1::text, '.'))[$2 + 1 : $3], '.')::ltree $$;
create function subpath(ltree, integer, integer) returns ltree language sql immutable strict parallel safe as $$
  select subltree(
    $1, case when $2 < 0 then nlevel($1) + $2 else $2 end,
    case when $3 < 0 then nlevel($1) + $3 else case when $2 < 0 then nlevel($1) + $2 else $2 end + $3 end
  )
$$;
create function subpath(ltree, integer) returns ltree language sql immutable strict parallel safe
as $$ select subpath($1, $2, nlevel($1)) $$;
create function ltree_addltree(ltree, ltree) returns ltree language sql immutable strict parallel safe
as $$ select pg_catalog.concat_ws('.', nullif($1::text, ''), nullif($2::text, ''))::ltree $$;
create function ltree_addtext(ltree, text) returns ltree language sql immutable strict parallel safe
as $$ select ltree_addltree($1, $2::ltree) $$;
create function ltree_isparent(ltree, ltree) returns boolean language sql immutable strict parallel safe
as $$ select $1::text = '' or pg_catalog.starts_with($2::text || '.', $1::text || '.') $$;
create function ltree_risparent(ltree, ltree) returns boolean language sql immutable strict parallel safe
as $$ select ltree_isparent($2, $1) $$;
create function ltree_cmp(ltree, ltree) returns integer language sql immutable strict parallel safe as $$
  select pg_catalog.btarraycmp(pg_catalog.string_to_array($1::text, '.'), pg_catalog.string_to_array($2::text, '.'))
$$;
create function ltq_regex(ltree, lquery) returns boolean language plpgsql immutable strict parallel safe
as $$ begin raise exception 'the stand-in for ltree matches no lquery' using errcode = '0A000'; end $$;
create function ltxtq_exec(ltree, ltxtquery) returns boolean language plpgsql immutable strict parallel safe
as $$ begin raise exception 'the stand-in for ltree matches no ltxtquery' using errcode = '0A000'; end $$;
do $operators$
declare
  v record;
begin
  for v in
    select * from (
      values ('lt', '<', '>', '>='), ('le', '<=', '>=', '>'), ('eq', '=', '=', '<>'), ('ge', '>=', '<=', '<'),
        ('gt', '>', '<', '<='), ('ne', '<>', '<>', '=')
    ) as o (name, sign, commutator, negator)
  loop
    execute format(
      'create function ltree_%s(ltree, ltree) returns boolean language sql immutable strict parallel safe'
      ' as $f$ select ltree_cmp($1, $2) operator(pg_catalog.%s) 0 $f$', v.name, v.sign
    );
    execute format(
      'create operator %s (leftarg = ltree, rightarg = ltree, function = ltree_%s, commutator = %s, negator = %s)',
      v.sign, v.name, v.commutator, v.negator
    );
  end loop;
end
$operators$;
create operator || (leftarg = ltree, rightarg = ltree, function = ltree_addltree);
create operator || (leftarg = ltree, rightarg = text, function = ltree_addtext);
create operator @> (leftarg = ltree, rightarg = ltree, function = ltree_isparent, commutator = <@);
create operator <@ (leftarg = ltree, rightarg = ltree, function = ltree_risparent, commutator = @>);
create operator ~ (leftarg = ltree, rightarg = lquery, function = ltq_regex);
create operator @ (leftarg = ltree, rightarg = ltxtquery, function = ltxtq_exec);
create operator class ltree_ops default for type ltree using btree as
operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 ltree_cmp(ltree, ltree);
create operator class gist_ltree_ops default for type ltree using gist as
operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, operator 10 @>, operator 11 <@,
operator 12 ~ (ltree, lquery), operator 14 @ (ltree, ltxtquery), function 1 ltree_standin_index(internal),
function 2 ltree_standin_index(internal), function 5 ltree_standin_index(internal),
function 6 ltree_standin_index(internal),
function 7 ltree_standin_index(internal);
