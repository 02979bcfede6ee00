-- A role that requests come as holds what it was granted, and nothing through another role.
select 'role' as kind, '' as schema, a.name, format('role %I', a.name) as identity, 'member of' as property,
  null as expected, format('%I', g.rolname) as found, format('revoke %I from %I;', g.rolname, a.name) as mend
from pg_auth_members as m
  inner join api_role as a on a.oid = m.member
  inner join pg_roles as g on g.oid = m.roleid
