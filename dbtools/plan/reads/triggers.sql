select t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgisinternal
from pg_trigger as t
  inner join pg_class as c on t.tgrelid = c.oid
  inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
