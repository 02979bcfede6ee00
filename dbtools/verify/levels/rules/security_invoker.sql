-- Without security_invoker a view reads as its owner, whom row level security does not hold.
select 'view' as kind, r.schema, r.name, r.identity, 'security_invoker' as property, 'true' as expected,
  'false' as found, format('alter view %I.%I set (security_invoker = true);', r.schema, r.name) as mend
from relation as r
  inner join exposed as e on e.name = r.schema
  inner join pg_class as c on c.oid = r.oid
where not r.platform and r.kind = 'v'
  and exists (
    select from api_role as a where a.name <> 'service_role' and has_any_column_privilege(a.oid, r.oid, 'select')
  )
  and not exists (
    select from pg_options_to_table(c.reloptions) as o
    where o.option_name = 'security_invoker' and lower(o.option_value) in ('true', 'on', 'yes', '1')
  )
