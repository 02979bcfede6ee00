select k.oid, k.conrelid, k.contypid, k.conname, k.contype, k.convalidated, k.conindid, k.confrelid, k.conkey,
  k.confkey, case k.contype when 'c' then pg_get_expr(k.conbin, k.conrelid) end,
  concat_ws(' ', k.contype, k.conkey, k.confrelid, k.confkey, k.conbin)
from pg_constraint as k inner join pg_namespace as n on k.connamespace = n.oid
where n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
