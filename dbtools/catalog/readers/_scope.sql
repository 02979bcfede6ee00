-- What every reader may refer to; it runs with the readers behind it. `platform` is true for what the platform owns by the
-- rule that stands in dbtools/platform/ownership.py. The parameters are `Ownership.arguments`: $1 the platform's schemas,
-- $2 its roles, $3 its publications, $4 the project's owner, $5 the roles that requests come as, $6 what else is the
-- platform's by name, $7 schemas that are nobody's.
with recursive
member as (
  select classid, objid from pg_depend where refclassid = 'pg_extension'::regclass and deptype = 'e'
),
role as (
  select oid, rolname as name, rolname = any($2::text[]) or rolname like 'pg\_%' as platform,
    rolname = any($4::text[]) as projects_owner, rolname = any($5::text[]) as of_requests
  from pg_roles
),
-- The project's own roles that something in this database refers to, or a role that they are members of or that is a
-- member of them: all others are none of its business.
of_database as (
  select s.refobjid as oid from pg_shdepend as s
  where s.refclassid = 'pg_authid'::regclass
    and s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
  union
  select case m.member when f.oid then m.roleid else m.member end
  from of_database as f
    inner join role as o on f.oid = o.oid
    inner join pg_auth_members as m on f.oid in (m.member, m.roleid)
  where not o.platform and not o.projects_owner
),
platforms as (
  select unnest($6::text[]) as name
),
namespace as (
  select n.oid, n.nspname as name, n.nspowner as owner, n.nspacl as acl,
    n.nspname = any($1::text[]) or (n.tableoid, n.oid) in (select classid, objid from member) as platform,
    (n.tableoid, n.oid) in (select classid, objid from member) as of_extension
  from pg_namespace as n
  where n.nspname not like 'pg\_%'
    and n.nspname <> 'information_schema'
    and n.nspname <> all($7::text[])
    -- A schema that the migration runner made for its own table, and nothing else in it.
    and not (
      exists (select from pg_class as c where c.relnamespace = n.oid and c.relname = 'alembic_version')
      and (select count(*) from pg_depend as d where d.refclassid = n.tableoid and d.refobjid = n.oid) = 1
    )
),
relation as (
  select c.oid, n.name as schema, c.relname as name, c.relkind as kind, c.relowner as owner, o.name as owner_name,
    c.relacl as acl, n.platform and o.platform as platform,
    case c.relkind
      when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
      else 'table'
    end || format(' %I.%I', n.name, c.relname) as identity
  from pg_class as c
    inner join namespace as n on c.relnamespace = n.oid
    inner join role as o on c.relowner = o.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and c.relname <> 'alembic_version'
    -- Some versions of pgmq make a queue's tables members of the extension, but what is on them is the project's.
    and ((c.tableoid, c.oid) not in (select classid, objid from member) or n.name = 'pgmq' and c.relname ~ '^[qa]_')
),
routine as (
  select p.oid, n.name as schema, p.proname as name, p.proowner as owner, o.name as owner_name, p.proacl as acl,
    -- Some of the platform's own are under the name of the project's owner.
    n.platform and (
      o.platform or 'function ' || p.oid::regprocedure in (select named.name from platforms as named)
    ) as platform,
    case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
    case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end
    || format(' %I.%I(%s)', n.name, p.proname, oidvectortypes(p.proargtypes)) as identity
  from pg_proc as p
    inner join namespace as n on p.pronamespace = n.oid
    inner join role as o on p.proowner = o.oid
  where (p.tableoid, p.oid) not in (select classid, objid from member)
    -- A range type makes its constructors itself.
    and not exists (
      select from pg_depend as d where d.classid = p.tableoid and d.objid = p.oid and d.deptype = 'i'
    )
),
data_type as (
  select t.oid, n.name as schema, t.typname as name, t.typowner as owner, o.name as owner_name, t.typacl as acl,
    n.platform and o.platform as platform,
    case t.typtype when 'd' then 'domain' else 'type' end as kind,
    case t.typtype when 'd' then 'domain' else 'type' end || format(' %I.%I', n.name, t.typname) as identity
  from pg_type as t
    inner join namespace as n on t.typnamespace = n.oid
    inner join role as o on t.typowner = o.oid
  where t.typtype in ('b', 'c', 'd', 'e', 'r')
    and (t.typrelid = 0 or (select c.relkind = 'c' from pg_class as c where c.oid = t.typrelid))
    and not exists (select from pg_type as e where e.typarray = t.oid)
    and (t.tableoid, t.oid) not in (select classid, objid from member)
),
table_trigger as (
  select t.oid, r.schema, t.tgname as name, r.identity as parent, r.platform as on_platform, r.owner as table_owner,
    format('trigger %I on %I.%I', t.tgname, r.schema, r.name) as identity
  from pg_trigger as t
    inner join relation as r on t.tgrelid = r.oid
  where not t.tgisinternal and not (
    r.platform and format('trigger %s on %s', t.tgname, t.tgrelid::regclass) in (select named.name from platforms as named)
  )
),
table_policy as (
  select p.oid, r.schema, p.polname as name, r.identity as parent, r.platform as on_platform, r.owner as table_owner,
    format('policy %I on %I.%I', p.polname, r.schema, r.name) as identity
  from pg_policy as p
    inner join relation as r on p.polrelid = r.oid
  where not (
    r.platform and format('policy %s on %s', p.polname, p.polrelid::regclass) in (select named.name from platforms as named)
  )
)
