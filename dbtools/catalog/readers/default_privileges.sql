-- What objects that a role creates later will be granted. Without a schema the entry replaces the built-in default,
-- with one it adds to it.
select 'default privileges' as kind, coalesce(n.name, '') as schema, '' as parent, w.what as name,
  format(
    'default privileges of %I%s for %s to %s', o.name, ' in schema ' || quote_ident(n.name), w.what,
    case x.grantee when 0 then 'public' else format('%I', pg_get_userbyid(x.grantee)) end
  ) as identity,
  jsonb_build_object(
    'privileges', string_agg(
      distinct x.privilege_type || case when x.is_grantable then '*' else '' end, ', '
      order by x.privilege_type || case when x.is_grantable then '*' else '' end
    )
  ) as properties
from pg_default_acl as d
  inner join role as o on d.defaclrole = o.oid
  left join namespace as n on d.defaclnamespace = n.oid
  inner join (
    values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types'), ('n', 'schemas'), ('L', 'large objects')
  ) as w (code, what) on d.defaclobjtype::text = w.code,
  aclexplode(d.defaclacl) as x
where not o.platform and (d.defaclnamespace = 0 or not n.platform)
group by o.name, n.name, w.what, x.grantee
