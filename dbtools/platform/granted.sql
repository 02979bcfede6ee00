-- Everything that privileges can be granted on and that can belong to an extension or to Postgres itself.
granted as (
  select 'pg_proc'::regclass as classid, p.oid as objid, 0 as objsubid, p.proacl as acl,
    'function ' || p.oid::regprocedure as identity
  from pg_proc as p
  where p.proacl is not null
  union all
  select 'pg_class'::regclass, c.oid, 0, c.relacl, 'table ' || c.oid::regclass from pg_class as c
  where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl, 'column ' || a.attrelid::regclass || '.' || quote_ident(a.attname)
  from pg_attribute as a
  where a.attacl is not null
  union all
  select 'pg_namespace'::regclass, n.oid, 0, n.nspacl, 'schema ' || quote_ident(n.nspname) from pg_namespace as n
  where n.nspacl is not null
  union all
  select 'pg_type'::regclass, t.oid, 0, t.typacl, 'type ' || t.oid::regtype from pg_type as t where t.typacl is not null
  union all
  select 'pg_language'::regclass, l.oid, 0, l.lanacl, 'language ' || quote_ident(l.lanname) from pg_language as l
  where l.lanacl is not null
  union all
  select 'pg_foreign_data_wrapper'::regclass, f.oid, 0, f.fdwacl, 'foreign-data wrapper ' || quote_ident(f.fdwname)
  from pg_foreign_data_wrapper as f
  where f.fdwacl is not null
)
