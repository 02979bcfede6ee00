-- Postgres itself names one in two ways, before 18 and from then on.
select 'transform' as kind, '' as schema, '' as parent, i.name, 'transform ' || i.name as identity,
  jsonb_build_object(
    'from sql', nullif(t.trffromsql, 0)::oid::regprocedure::text,
    'to sql', nullif(t.trftosql, 0)::oid::regprocedure::text
  ) as properties
from pg_transform as t
  inner join pg_language as l on t.trflang = l.oid,
  format('for %s language %I', t.trftype::regtype, l.lanname) as i (name)
where (t.tableoid, t.oid) not in (select classid, objid from member)
