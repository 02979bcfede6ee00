-- A client calls a function by its name and the names of its arguments; of two that fit, PostgREST refuses to choose.
select r.kind, r.schema, r.name, r.identity, 'overloads' as property, '1' as expected, o.count::text as found,
  format('drop %s;  -- or the other one', r.identity) as mend
from routine as r
  inner join exposed as e on e.name = r.schema
  inner join (
    select p.schema, p.name, count(*) from routine as p
    where exists (select from api_role as a where has_function_privilege(a.oid, p.oid, 'execute'))
    group by p.schema, p.name having count(*) > 1
  ) as o on o.schema = r.schema and o.name = r.name
where not r.platform and exists (select from api_role as a where has_function_privilege(a.oid, r.oid, 'execute'))
