-- Roles of the project's own, as far as something in this database refers to them.
select 'role' as kind, '' as schema, '' as parent, r.rolname as name, format('role %I', r.rolname) as identity,
  jsonb_build_object(
    'attributes', array_remove(array[
      case when r.rolcanlogin then 'login' end,
      case when not r.rolinherit then 'noinherit' end,
      case when r.rolcreatedb then 'createdb' end,
      case when r.rolcreaterole then 'createrole' end,
      case when r.rolbypassrls then 'bypassrls' end,
      case when r.rolreplication then 'replication' end,
      case when r.rolsuper then 'superuser' end
    ], null),
    'member of', array(
      select format('%I', pg_get_userbyid(m.roleid)) from pg_auth_members as m where m.member = r.oid order by 1
    ),
    -- Of the project's own roles, each says itself what it is a member of. The project's owner is one of whatever it creates.
    'members', array(
      select format('%I', o.name) from pg_auth_members as m
        inner join role as o on m.member = o.oid
      where m.roleid = r.oid and o.platform
      order by 1
    ),
    'settings', r.rolconfig
  ) as properties
from pg_roles as r
  inner join role as o on r.oid = o.oid
where not o.platform and not o.projects_owner
  and r.oid in (
    select s.refobjid from pg_shdepend as s
    where s.refclassid = 'pg_authid'::regclass
      and s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
  )
