-- What an object of some kind that a role creates is granted at birth; an empty schema means in every one.
select pg_get_userbyid(d.defaclrole) as creator, coalesce(n.nspname, '') as schema,
  case d.defaclobjtype
    when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas'
    else 'large objects'
  end as kind,
  case x.grantee when 0 then '' else pg_get_userbyid(x.grantee) end as grantee, x.privilege_type as privilege
from pg_default_acl as d left join pg_namespace as n on d.defaclnamespace = n.oid, aclexplode(d.defaclacl) as x
