select
  e.oid::bigint, e.extversion as version, n.nspname as schema, quote_ident(n.nspname) as quoted, e.extrelocatable as relocatable,
  obj_description(e.oid, 'pg_extension') as comment,
  array(
    select r.extname from pg_depend as d
    join pg_extension as r on r.oid = d.refobjid
    where d.classid = 'pg_extension'::regclass and d.objid = e.oid and d.refclassid = 'pg_extension'::regclass
    order by r.extname collate "C"
  ) as requires,
  current_setting('server_version_num')::integer / 10000 as major
from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace
where e.extname = current_setting('dbtools.extension')
