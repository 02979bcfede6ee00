-- What a project makes of its extensions: for every member that can be used, an object that uses it.
create schema project;
create function project.quietly(p_sql text) returns void language plpgsql as $$
begin
  execute p_sql;
exception when others then
  -- A use that Postgres itself refuses (a hash of a type without one) is no object of anybody's.
  null;
end $$;

do $$
declare
  v record;
  n integer = 0;
begin
  -- A column, an array, and a default of every type.
  for v in
    select t.oid::regtype as name, t.typtype from pg_type as t
    join pg_depend as d on d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
    where t.typtype in ('b', 'c', 'd', 'e', 'r') and t.typarray <> 0
    order by t.oid
  loop
    n = n + 1;
    perform project.quietly(format(
      'create table project.column_%1$s (a %2$s, b %2$s[], c %2$s default null::%2$s, check ((a is null) or (c is null)))', n, v.name
    ));
  end loop;
  -- An index by every operator class.
  for v in
    select c.opcname, n.nspname, a.amname, c.opcintype::regtype as type
    from pg_opclass as c
    join pg_depend as d on d.classid = 'pg_opclass'::regclass and d.objid = c.oid and d.deptype = 'e'
    join pg_namespace as n on n.oid = c.opcnamespace
    join pg_am as a on a.oid = c.opcmethod
    order by c.oid
  loop
    n = n + 1;
    perform project.quietly(format('create table project.indexed_%s (a %s)', n, v.type));
    perform project.quietly(format('create index on project.indexed_%s using %I (a %I.%I)', n, v.amname, v.nspname, v.opcname));
  end loop;
  -- A check and a view with every operator.
  for v in
    select o.oprname, n.nspname, nullif(o.oprleft, 0)::regtype as left_type, o.oprright::regtype as right_type
    from pg_operator as o
    join pg_depend as d on d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e'
    join pg_namespace as n on n.oid = o.oprnamespace
    order by o.oid
  loop
    n = n + 1;
    perform project.quietly(format('create table project.operands_%s (a %s, b %s)', n, coalesce(v.left_type, v.right_type), v.right_type));
    perform project.quietly(format(
      'create view project.operator_%1$s as select %2$s operator(%3$I.%4$s) t.b as c from project.operands_%1$s as t',
      n, case when v.left_type is not null then 't.a' else '' end, v.nspname, v.oprname
    ));
    perform project.quietly(format(
      'alter table project.operands_%1$s add check ((%2$s operator(%3$I.%4$s) b) is not null)',
      n, case when v.left_type is not null then 'a' else '' end, v.nspname, v.oprname
    ));
  end loop;
  -- A default, a view, and, of what is immutable, an index on an expression and a generated column, with every function.
  for v in
    select p.oid, p.proname, n.nspname, p.provolatile, p.prorettype::regtype as result,
      (select string_agg(format('null::%s', a::regtype), ', ' order by i) from unnest(p.proargtypes::oid[]) with ordinality as u (a, i)) as nulls,
      (select string_agg(format('a%s %s', i, a::regtype), ', ' order by i) from unnest(p.proargtypes::oid[]) with ordinality as u (a, i)) as columns,
      (select string_agg(format('a%s', i), ', ' order by i) from unnest(p.proargtypes::oid[]) with ordinality as u (a, i)) as names
    from pg_proc as p
    join pg_depend as d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    join pg_namespace as n on n.oid = p.pronamespace
    where p.prokind in ('f', 'a')
      and not exists (
        select from unnest(p.proargtypes::oid[] || p.prorettype) as u (a)
        join pg_type as t on t.oid = a where t.typtype = 'p' and t.typname <> 'record'
      )
    order by p.oid
  loop
    n = n + 1;
    perform project.quietly(format(
      'create view project.call_%s as select %I.%I(%s) as x', n, v.nspname, v.proname, v.nulls
    ));
    perform project.quietly(format('create table project.called_%s (a integer%s)', n, ', ' || v.columns));
    perform project.quietly(format('create table project.called_%s (a integer)', n));
    perform project.quietly(format(
      'alter table project.called_%s add x %s default %I.%I(%s)', n, v.result, v.nspname, v.proname, v.nulls
    ));
    perform project.quietly(format(
      'alter table project.called_%s add y %s generated always as (%I.%I(%s)) stored', n, v.result, v.nspname, v.proname, v.names
    ));
    perform project.quietly(format('create index on project.called_%s ((%I.%I(%s)))', n, v.nspname, v.proname, v.names));
  end loop;
  -- A column of every one of the project's views makes them tables, too.
  perform project.quietly('create foreign data wrapper project_wrapper');
  for v in select fdwname from pg_foreign_data_wrapper as w join pg_depend as d on d.objid = w.oid and d.deptype = 'e' order by w.oid loop
    n = n + 1;
    perform project.quietly(format('create server project_server_%s foreign data wrapper %I', n, v.fdwname));
    perform project.quietly(format('create foreign table project.foreign_%s (a integer) server project_server_%s', n, n));
  end loop;
  for v in
    select p.oid::regprocedure, n.nspname, p.proname from pg_proc as p
    join pg_depend as d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    join pg_namespace as n on n.oid = p.pronamespace
    where p.prorettype = 'trigger'::regtype
    order by p.oid
  loop
    n = n + 1;
    execute format('create table project.triggered_%s (id integer)', n);
    execute format('create trigger t before update on project.triggered_%s for each row execute function %I.%I(''id'')', n, v.nspname, v.proname);
  end loop;
end
$$;
create text search configuration project.words (copy = pg_catalog.english);
alter text search configuration project.words alter mapping for asciiword with ext_unaccent.unaccent, english_stem;
create table project.sampled (a integer);
create view project.sample as select a from project.sampled tablesample ext_tsm_system_rows.system_rows(100);
create table project.domains (a ext_citext.citext default 'x'::ext_citext.citext collate "C");
create index on project.domains (lower(a::text)) where a operator(ext_citext.=) 'A'::ext_citext.citext;
create table project.trees (path ext_ltree.ltree);
create index on project.trees (path) where path operator(ext_ltree.<@) ext_ltree.text2ltree('Top');
drop function project.quietly(text);
