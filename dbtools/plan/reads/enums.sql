select t.oid, format('%s.%s', n.nspname, t.typname), jsonb_object_agg(e.oid, e.enumlabel)
from pg_type as t
  inner join pg_namespace as n on t.typnamespace = n.oid
  inner join pg_enum as e on t.oid = e.enumtypid
where n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
group by t.oid, n.nspname, t.typname
