-- Each object with what each role may do with it, behind the catalog's scope. $5: the roles, in their order.
-- `since` is the major version that a privilege came with, if it is not in all of them.
, api_role as (
  select r.oid, r.rolname as name, o.place
  from unnest($5::text[]) with ordinality as o (name, place) inner join pg_roles as r on r.rolname = o.name
),
privilege as (
  select *
  from (
    values
    ('SELECT', 1, true, null), ('INSERT', 2, true, null), ('UPDATE', 3, true, null), ('DELETE', 4, false, null),
    ('TRUNCATE', 5, false, null), ('REFERENCES', 6, true, null), ('TRIGGER', 7, false, null), ('MAINTAIN', 8, false, 17)
  ) as p (name, place, of_columns, since)
  where coalesce(p.since * 10000 <= current_setting('server_version_num')::integer, true)
),
of_table as (
  select r.identity, a.place as role_place, a.name as role, p.place,
    case
      when has_table_privilege(a.oid, r.oid, p.name) then p.name || coalesce(' [' || p.since || ']', '')
      when p.of_columns then (
        select format('%s (%s)', p.name, string_agg(format('%I', t.attname), ', ' order by t.attnum))
        from pg_attribute as t
        where t.attrelid = r.oid and t.attnum > 0 and not t.attisdropped
          and has_column_privilege(a.oid, r.oid, t.attnum, p.name)
        having count(*) > 0
      )
    end as privilege
  from relation as r cross join api_role as a cross join privilege as p
  where not r.platform and r.kind <> 'S'
),
of_others as (
  select r.identity, a.place, a.name, p.place, p.name
  from relation as r cross join api_role as a
    cross join (values (1, 'USAGE'), (2, 'SELECT'), (3, 'UPDATE')) as p (place, name)
  where not r.platform and r.kind = 'S' and has_sequence_privilege(a.oid, r.oid, p.name)
  union all
  select format('schema %I', n.name), a.place, a.name, p.place, p.name
  from namespace as n cross join api_role as a cross join (values (1, 'USAGE'), (2, 'CREATE')) as p (place, name)
  where not n.platform and not n.of_extension and has_schema_privilege(a.oid, n.oid, p.name)
  union all
  select r.identity, a.place, a.name, 1, 'EXECUTE'
  from routine as r cross join api_role as a
  where not r.platform and has_function_privilege(a.oid, r.oid, 'execute')
  union all
  select d.identity, a.place, a.name, 1, 'USAGE'
  from data_type as d cross join api_role as a
  where not d.platform and has_type_privilege(a.oid, d.oid, 'usage')
),
object as (
  select identity from relation where not platform
  union all select identity from routine where not platform
  union all select identity from data_type where not platform
  union all select format('schema %I', name) from namespace where not platform and not of_extension
),
given as (
  select * from of_table where privilege is not null union all select * from of_others
)
select o.identity, g.role, string_agg(g.privilege, ', ' order by g.place) as privileges
from object as o left join given as g on g.identity = o.identity
group by o.identity, g.role, g.role_place
order by o.identity collate "C", g.role_place
