select
  p.oid::bigint, p.oid::regprocedure::text as name, quote_ident(n.nspname) as schema, p.proname as bare, l.lanname as language,
  p.prokind as kind, p.probin as library, p.prosrc as symbol, pg_get_functiondef(p.oid) as definition,
  p.prorettype::bigint as result, p.prorettype::regtype::text as result_name,
  coalesce(p.proretset or p.prorettype = 'void'::regtype or p.proargmodes && '{o,b,t}', false) as returns_nothing,
  p.proargtypes::oid[]::bigint[] as arguments,
  exists (
    select from unnest(p.proargtypes::oid[] || p.prorettype) as u (oid)
    join pg_type as t on t.oid = u.oid
    where t.typtype = 'p' and t.typname not in ('void', 'record', '_record') and t.typname !~ '^any.'
  ) as pseudo
from member
join pg_proc as p on p.oid = member.objid
join pg_namespace as n on n.oid = p.pronamespace
join pg_language as l on l.oid = p.prolang
where member.classid = 'pg_proc'::regclass and p.prokind <> 'a'
