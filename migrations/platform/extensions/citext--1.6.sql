-- Postgres' own text functions carry the type; what compares it is SQL.
create type citext;
create function citextin(cstring) returns citext language internal immutable strict parallel safe as 'textin';
create function citextout(citext) returns cstring language internal immutable strict parallel safe as 'textout';
create function citextrecv(internal) returns citext language internal stable strict parallel safe as 'textrecv';
create function citextsend(citext) returns bytea language internal stable strict parallel safe as 'textsend';
create type citext (
  input = citextin, output = citextout, receive = citextrecv, send = citextsend,
  internallength = variable, storage = extended, category = 'S', collatable = true
);
create cast (citext as text) without function as implicit;
create cast (citext as varchar) without function as implicit;
create cast (citext as bpchar) without function as assignment;
create cast (text as citext) without function as assignment;
create cast (varchar as citext) without function as assignment;

do $operators$
declare
  v record;
begin
  for v in
    select * from (
      values ('eq', '=', '=', '<>', 'eq'), ('ne', '<>', '<>', '=', 'neq'), ('lt', '<', '>', '>=', 'scalarlt'),
        ('le', '<=', '>=', '>', 'scalarle'), ('gt', '>', '<', '<=', 'scalargt'), ('ge', '>=', '<=', '<', 'scalarge')
    ) as o (name, sign, commutator, negator, restrict)
  loop
    execute format(
      'create function citext_%s(citext, citext) returns boolean language sql immutable strict parallel safe'
      ' as $f$ select pg_catalog.lower($1::text) operator(pg_catalog.%s) pg_catalog.lower($2::text) $f$', v.name, v.sign
    );
    execute format(
      'create operator %s (leftarg = citext, rightarg = citext, function = citext_%s, commutator = %s, negator = %s,'
      ' restrict = %ssel, join = %sjoinsel %s)', v.sign, v.name, v.commutator, v.negator, v.restrict, v.restrict,
      case v.name when 'eq' then ', hashes, merges' end
    );
  end loop;
  for v in
    select * from (
      values ('~', 'regexeq'), ('!~', 'regexne'), ('~*', 'icregexeq'), ('!~*', 'icregexne'), ('~~', 'like'),
        ('!~~', 'nlike'), ('~~*', 'iclike'), ('!~~*', 'icnlike')
    ) as o (sign, name),
      (values ('citext'), ('text')) as t (right_type)
  loop
    execute format(
      'create function texticfunc_%s(citext, %s) returns boolean language sql immutable strict parallel safe'
      ' as $f$ select pg_catalog.lower($1::text) operator(pg_catalog.%s) pg_catalog.lower($2::text) $f$',
      v.name, v.right_type, v.sign
    );
    execute format(
      'create operator %s (leftarg = citext, rightarg = %s, function = texticfunc_%s)', v.sign, v.right_type, v.name
    );
  end loop;
end
$operators$;

create function citext_cmp(citext, citext) returns integer language sql immutable strict parallel safe
as $$ select pg_catalog.bttextcmp(pg_catalog.lower($1::text), pg_catalog.lower($2::text)) $$;
create function citext_hash(citext) returns integer language sql immutable strict parallel safe
as $$ select pg_catalog.hashtext(pg_catalog.lower($1::text)) $$;
create operator class citext_ops default for type citext using btree as
operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 citext_cmp(citext, citext);
create operator class citext_ops default for type citext using hash as
operator 1 =, function 1 citext_hash(citext);
create function citext_smaller(citext, citext) returns citext language sql immutable strict parallel safe
as $$ select case when citext_lt($1, $2) then $1 else $2 end $$;
create function citext_larger(citext, citext) returns citext language sql immutable strict parallel safe
as $$ select case when citext_gt($1, $2) then $1 else $2 end $$;
create aggregate min(citext) (sfunc = citext_smaller, stype = citext);
create aggregate max(citext) (sfunc = citext_larger, stype = citext);
