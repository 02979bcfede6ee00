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
    -- What one of the project's roles has in all databases is its own property.
    and (d.setrole = 0 or r.platform or r.projects_owner or d.setdatabase <> 0)
) as s
-- Of a setting that may be a secret, the platform's file has the name alone.
where format('setting %s %s', s.role, s.setting) not in (select named.name from platforms as named)
  and format('setting %s %s=*', s.role, s.name) not in (select named.name from platforms as named)
union all
select 'membership', '', '', m.name, format('membership of %I in %I', m.name, g.name), '{}'
from pg_auth_members as a
  inner join role as m on a.member = m.oid
  inner join role as g on a.roleid = g.oid
  left join role as o on a.grantor = o.oid
where o.platform is not true and (m.platform or m.projects_owner) and (g.platform or g.projects_owner)
  and format('membership %s in %s', m.name, g.name) not in (select named.name from platforms as named)
  -- Those of initdb's.
  and not (m.name like 'pg\_%' and g.name like 'pg\_%')
union all
select 'grant', '', 'database', 'database',
  format('grant to %s on database', case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end),
  jsonb_build_object('privileges', string_agg(x.privilege_type, ', ' order by x.privilege_type))
from pg_database as d,
  aclexplode(d.datacl) as x
  left join role as o on x.grantee = o.oid
where d.datname = current_database() and x.grantee <> d.datdba
  and not (x.grantee = 0 and x.privilege_type in ('CONNECT', 'TEMPORARY'))
  and format(
    'database %s %s%s', o.name,
    case x.privilege_type when 'CONNECT' then 'c' when 'CREATE' then 'C' else 'T' end,
    case when x.is_grantable then '*' end
  ) not in (select named.name from platforms as named)
group by x.grantee
