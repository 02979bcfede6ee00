select p.oid, n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), p.proargnames,
  p.proargtypes::oid[], p.pronargdefaults, pg_get_function_result(p.oid), l.lanname, p.prosecdef, p.proconfig,
  p.prosrc, pg_get_userbyid(p.proowner), p.proacl::text[]
from pg_proc as p
  inner join pg_namespace as n on p.pronamespace = n.oid
  inner join pg_language as l on p.prolang = l.oid
where p.prokind in ('f', 'p') and l.lanname not in ('c', 'internal') and n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
  and not exists (select from pg_depend as e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
