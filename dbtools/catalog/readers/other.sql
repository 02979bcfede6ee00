-- The rarer kinds: that there is one, and whose. What one is made of, pull's second observer compares.
select i.type as kind, coalesce(n.name, '') as schema, '' as parent, coalesce(i.name, i.identity) as name,
  format('%s %s', i.type, i.identity) as identity, jsonb_build_object('owner', o.name) as properties
from (
  select tableoid, oid, oprnamespace as namespace, oprowner as owner from pg_operator
  union all select tableoid, oid, opcnamespace, opcowner from pg_opclass
  union all select tableoid, oid, opfnamespace, opfowner from pg_opfamily
  union all select tableoid, oid, collnamespace, collowner from pg_collation
  union all select tableoid, oid, connamespace, conowner from pg_conversion
  union all select tableoid, oid, cfgnamespace, cfgowner from pg_ts_config
  union all select tableoid, oid, dictnamespace, dictowner from pg_ts_dict
  union all select tableoid, oid, prsnamespace, null from pg_ts_parser
  union all select tableoid, oid, tmplnamespace, null from pg_ts_template
  union all select tableoid, oid, 0, lanowner from pg_language
  union all select tableoid, oid, 0, fdwowner from pg_foreign_data_wrapper
  union all select tableoid, oid, 0, srvowner from pg_foreign_server
  union all select tableoid, oid, 0, null from pg_cast
  union all select tableoid, oid, 0, null from pg_transform
  union all select tableoid, oid, 0, null from pg_am
) as x
  left join namespace as n on x.namespace = n.oid
  left join role as o on x.owner = o.oid,
  pg_identify_object(x.tableoid, x.oid, 0) as i
-- Below that number is what the server was born with.
where x.oid >= 16384
  and (x.namespace = 0 or n.oid is not null)
  and not (coalesce(n.platform, true) and coalesce(o.platform, n.platform, false))
  and (x.tableoid, x.oid) not in (select classid, objid from member)
union all
select 'user mapping', '', '', m.usename, format('user mapping for %I on server %I', m.usename, m.srvname), '{}'
from pg_user_mappings as m
where m.umid >= 16384
union all
select 'subscription', '', '', s.subname, format('subscription %I', s.subname), '{}'
from pg_subscription as s
where s.subdbid = (select d.oid from pg_database as d where d.datname = current_database())
