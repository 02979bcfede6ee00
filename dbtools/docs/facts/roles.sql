-- Every role, what it is exempt from, and the roles whose privileges it has without asking.
select r.rolname as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
  array(
    select b.rolname::text from pg_roles as b
    where b.oid <> r.oid and not r.rolsuper and pg_has_role(r.oid, b.oid, 'usage')
    order by 1
  ) as is_also
from pg_roles as r
where r.rolname not like 'pg\_%'
