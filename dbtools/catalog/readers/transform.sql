select 'transform' as kind, '' as schema, '' as parent, i.identity as name, 'transform ' || i.identity as identity,
  jsonb_build_object(
    'from sql', nullif(t.trffromsql, 0)::oid::regprocedure::text,
    'to sql', nullif(t.trftosql, 0)::oid::regprocedure::text
  ) as properties
from pg_transform as t,
  pg_identify_object(t.tableoid, t.oid, 0) as i
where (t.tableoid, t.oid) not in (select classid, objid from member)
