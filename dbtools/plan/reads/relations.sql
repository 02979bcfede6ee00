select c.oid, n.nspname, c.relname, c.relkind, c.relfilenode, c.relpersistence, c.relrowsecurity,
  c.relispartition, c.relispopulated, c.relreplident, pg_get_userbyid(c.relowner), c.relacl::text[],
  c.reloptions
from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'p', 'm', 'v', 'f', 'S') and n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
