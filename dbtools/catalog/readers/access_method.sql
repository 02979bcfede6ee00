-- Below that number is what the server was born with.
select 'access method' as kind, '' as schema, '' as parent, a.amname as name,
  format('access method %I', a.amname) as identity,
  jsonb_build_object(
    'type', case a.amtype when 't' then 'table' when 'i' then 'index' end,
    'handler', a.amhandler::oid::regprocedure::text
  ) as properties
from pg_am as a
where a.oid >= 16384 and (a.tableoid, a.oid) not in (select classid, objid from member)
