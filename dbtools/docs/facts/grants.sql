-- Each privilege that somebody has on an object: the object by identity, who owns it, who gave it, to whom ('' for
-- everybody), the privilege, and whether it is there only because nobody has granted or revoked anything yet. A column
-- says of which relation it is.
with namespace as (
  select oid, nspname, nspowner, nspacl from pg_namespace
  where nspname not like 'pg\_%' and nspname <> 'information_schema'
),
object as (
  select format('schema %I', nspname) as identity, nspname as schema, '' as relation, nspname as name, 'schemas' as kind, nspowner as owner, nspacl as acl,
    acldefault('n', nspowner) as built_in
  from namespace
  union all
  select case c.relkind
      when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
      else 'table'
    end || format(' %I.%I', n.nspname, c.relname), n.nspname, '', c.relname,
    case c.relkind when 'S' then 'sequences' else 'tables' end, c.relowner, c.relacl,
    acldefault(case c.relkind when 'S' then 's'::"char" else 'r'::"char" end, c.relowner)
  from pg_class as c inner join namespace as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select format('column %I.%I.%I', n.nspname, c.relname, a.attname), n.nspname,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end
      || format(' %I.%I', n.nspname, c.relname),
    a.attname, 'columns', c.relowner, a.attacl, null
  from pg_class as c
    inner join namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on c.oid = a.attrelid
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attacl is not null and a.attnum > 0 and not a.attisdropped
  union all
  select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end
      || format(' %I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
    n.nspname, '', p.proname, 'functions', p.proowner, p.proacl, acldefault('f', p.proowner)
  from pg_proc as p inner join namespace as n on p.pronamespace = n.oid
)
select o.identity, o.schema, o.relation, o.name, o.kind, pg_get_userbyid(o.owner) as owner, pg_get_userbyid(x.grantor) as grantor,
  case x.grantee when 0 then '' else pg_get_userbyid(x.grantee) end as grantee, x.privilege_type as privilege,
  o.acl is null as built_in
from object as o, aclexplode(coalesce(o.acl, o.built_in)) as x
