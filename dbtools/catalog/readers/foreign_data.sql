-- Of a user mapping's options, which hold passwords, only the names.
select 'foreign-data wrapper' as kind, '' as schema, '' as parent, w.fdwname as name,
  format('foreign-data wrapper %I', w.fdwname) as identity,
  jsonb_build_object(
    'owner', r.name,
    'handler', nullif(w.fdwhandler, 0)::regprocedure::text,
    'validator', nullif(w.fdwvalidator, 0)::regprocedure::text,
    'options', (select jsonb_agg(o order by o) from unnest(w.fdwoptions) as o)
  ) as properties
from pg_foreign_data_wrapper as w
  inner join role as r on w.fdwowner = r.oid
where not r.platform and (w.tableoid, w.oid) not in (select classid, objid from member)
union all
select 'server', '', '', s.srvname, format('server %I', s.srvname),
  jsonb_build_object(
    'owner', r.name,
    'wrapper', (select w.fdwname from pg_foreign_data_wrapper as w where w.oid = s.srvfdw),
    'type', s.srvtype,
    'version', s.srvversion,
    'options', (select jsonb_agg(o order by o) from unnest(s.srvoptions) as o)
  )
from pg_foreign_server as s
  inner join role as r on s.srvowner = r.oid
where not r.platform and (s.tableoid, s.oid) not in (select classid, objid from member)
union all
select 'user mapping', '', '', m.usename, format('user mapping for %I on server %I', m.usename, m.srvname),
  jsonb_build_object('options', (select jsonb_agg(split_part(o, '=', 1) order by o) from unnest(m.umoptions) as o))
from pg_user_mappings as m
where m.umid >= 16384
