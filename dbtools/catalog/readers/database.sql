-- What the project changed about its database and about the platform's roles. Settings may be secrets: no values here.
select 'setting' as kind, '' as schema, '' as parent, s.name,
  format('setting %s of %s', s.name, s.whose) as identity, '{}'::jsonb as properties
from (
  select split_part(c.setting, '=', 1) as name, c.setting, r.name as role,
    concat_ws(' in ', 'role ' || quote_ident(r.name), case when d.setdatabase <> 0 then 'the database' end) as whose
  from pg_db_role_setting as d
    left join role as r on d.setrole = r.oid,
    unnest(d.setconfig) as c (setting)
  where (d.setdatabase = 0 or d.setdatabase = (select b.oid from pg_database as b where b.datname = current_database()))
    and (
      d.setrole = 0 or r.name in ('anon', 'authenticated', 'service_role', 'authenticator', 'postgres')
      -- What one of the project's roles has in all databases is its own property.
      or not r.platform and d.setdatabase <> 0
    )
) as s
-- As the platform sets them.
where (coalesce(s.role, ''), s.setting) not in (
    ('anon', 'statement_timeout=3s'), ('authenticated', 'statement_timeout=8s'), ('authenticator', 'statement_timeout=8s'),
    ('authenticator', 'lock_timeout=8s'), ('authenticator', 'session_preload_libraries=safeupdate'),
    ('authenticator', 'session_preload_libraries=supautils, safeupdate'),
    ('postgres', 'search_path="$user", public, extensions'), ('', 'app.settings.jwt_exp=3600')
  )
union all
select 'membership', '', '', m.name, format('membership of %I in %I', m.name, g.name), '{}'
from pg_auth_members as a
  inner join role as m on a.member = m.oid
  inner join role as g on a.roleid = g.oid
  inner join role as o on a.grantor = o.oid
where m.platform and g.platform and not o.platform
union all
select 'grant', '', 'database', 'database',
  format('grant to %s on database', case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end),
  jsonb_build_object('privileges', string_agg(x.privilege_type, ', ' order by x.privilege_type))
from pg_database as d,
  aclexplode(d.datacl) as x
where d.datname = current_database()
  and x.grantee not in (
    select o.oid from role as o
    where o.name = 'postgres' or o.platform and o.name not in ('anon', 'authenticated', 'service_role')
  )
  and not (x.grantee = 0 and x.privilege_type in ('CONNECT', 'TEMPORARY'))
group by x.grantee
