-- On what is the platform's or an extension's: every grant to a role of the project's, and all on single columns, of
-- which the platform makes none. What the API roles may do with a table as a whole is in platform_table.sql.
select 'grant' as kind, g.schema, g.parent, g.name,
  format('grant to %s on %s', case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end, g.parent)
    as identity,
  jsonb_build_object(
    'privileges', string_agg(
      distinct x.privilege_type || case when x.is_grantable then '*' else '' end, ', '
      order by x.privilege_type || case when x.is_grantable then '*' else '' end
    )
  ) as properties
from (
  select n.name as schema, n.name, format('schema %I', n.name) as parent, n.acl, false as all_of_it
  from namespace as n
  where n.platform or n.of_extension
  union all
  select n.name, c.relname,
    case c.relkind when 'S' then 'sequence' else 'table' end || format(' %I.%I', n.name, c.relname), c.relacl, false
  from pg_class as c
    inner join namespace as n on c.relnamespace = n.oid
  where (n.platform or (c.tableoid, c.oid) in (select classid, objid from member)) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and c.oid not in (select r.oid from relation as r where not r.platform)
  union all
  select r.schema, a.attname, format('column %I.%I.%I', r.schema, r.name, a.attname), a.attacl, true
  from relation as r
    inner join pg_attribute as a on r.oid = a.attrelid
  where r.platform and a.attacl is not null
  union all
  select n.name, p.proname,
    case p.prokind when 'p' then 'procedure' else 'function' end
    || format(' %I.%I(%s)', n.name, p.proname, oidvectortypes(p.proargtypes)), p.proacl, false
  from pg_proc as p
    inner join namespace as n on p.pronamespace = n.oid
  where (n.platform or (p.tableoid, p.oid) in (select classid, objid from member))
    and p.oid not in (select r.oid from routine as r where not r.platform)
  union all
  select '', w.fdwname, format('foreign data wrapper %I', w.fdwname), w.fdwacl, false
  from pg_foreign_data_wrapper as w
    inner join role as o on w.fdwowner = o.oid
  where o.platform or (w.tableoid, w.oid) in (select classid, objid from member)
) as g,
  aclexplode(g.acl) as x
where g.all_of_it or x.grantee in (select o.oid from role as o where not o.platform and not o.projects_owner)
group by g.schema, g.parent, g.name, x.grantee
