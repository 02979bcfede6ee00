select n.oid, n.nspname, pg_get_userbyid(n.nspowner), n.nspacl::text[] from pg_namespace as n where n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
