-- In an exposed schema, row level security is the only protection behind a grant.
select 'table' as kind, r.schema, r.name, r.identity, 'row level security' as property, 'true' as expected,
  'false, and ' || string_agg(a.name, ', ' order by a.name) || ' may read or write' as found,
  format('alter table %I.%I enable row level security;', r.schema, r.name) as mend
from relation as r
  inner join exposed as e on e.name = r.schema
  inner join pg_class as c on c.oid = r.oid
  inner join api_role as a on has_any_column_privilege(a.oid, r.oid, 'select, insert, update')
    or has_table_privilege(a.oid, r.oid, 'delete, truncate')
where not r.platform and r.kind in ('r', 'p') and not c.relrowsecurity
group by r.schema, r.name, r.identity
