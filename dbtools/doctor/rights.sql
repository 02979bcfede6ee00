-- Who this session is, and what it may do, for the doctor; %(platform)s are the schemas of the platform's,
-- %(owner)s the project's owner, %(version)s the schema of Alembic's table.
with ours as (
  select
    c.oid,
    format('%%I.%%I', n.nspname, c.relname) as name,
    has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select') as is_read
  from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'm')
    and n.nspname !~ '^pg_'
    and n.nspname <> 'information_schema'
    and not n.nspname = any(%(platform)s)
    and not exists (
      select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
)

select
  current_user as role,
  r.rolsuper as superuser,
  current_setting('server_version') as version,
  pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as read_only,
  has_database_privilege(current_database(), 'create')
  or coalesce(has_schema_privilege(to_regnamespace(%(version)s), 'create'), false) as may_create,
  (select pg_has_role(o.oid, 'member') from pg_roles as o where o.rolname = %(owner)s) as is_owner,
  (select count(*) from ours) as tables,
  array(select o.name from ours as o where not o.is_read order by o.name) as unread,
  array(select o.name from ours as o where o.is_read and row_security_active(o.oid) order by o.name) as filtered,
  array(select e.extname from pg_extension as e where e.extname <> 'plpgsql' order by e.extname) as extensions,
  exists (select from pg_available_extensions as a where a.name = 'plpgsql_check') as checks_bodies
from pg_roles as r
where r.rolname = current_user
