-- Owners and privileges of members, where there is something to say: class, name, owner, privileges now, at birth.
select x.class, x.name, nullif(x.owner, 10)::regrole::text as owner, x.acl::text[] as acl, i.initprivs::text[] as initial
from (
  select classid, objid, 'pg_proc' as class, objid::regprocedure::text as name, p.proowner::oid as owner, p.proacl as acl
  from member join pg_proc as p on p.oid = objid where classid = 'pg_proc'::regclass
  union all
  select classid, objid, 'pg_class', objid::regclass::text, c.relowner, c.relacl
  from member join pg_class as c on c.oid = objid where classid = 'pg_class'::regclass
  union all
  select classid, objid, 'pg_type', objid::regtype::text, t.typowner, t.typacl
  from member join pg_type as t on t.oid = objid where classid = 'pg_type'::regclass
  union all
  select classid, objid, 'pg_namespace', objid::regnamespace::text, n.nspowner, n.nspacl
  from member join pg_namespace as n on n.oid = objid where classid = 'pg_namespace'::regclass
  union all
  select classid, objid, 'pg_foreign_data_wrapper', w.fdwname, 10, w.fdwacl
  from member join pg_foreign_data_wrapper as w on w.oid = objid where classid = 'pg_foreign_data_wrapper'::regclass
  union all
  select classid, objid, 'pg_foreign_server', s.srvname, 10, s.srvacl
  from member join pg_foreign_server as s on s.oid = objid where classid = 'pg_foreign_server'::regclass
  union all
  select classid, objid, 'pg_language', l.lanname, 10, l.lanacl
  from member join pg_language as l on l.oid = objid where classid = 'pg_language'::regclass
) as x
left join pg_init_privs as i
  on i.classoid = x.classid and i.objoid = x.objid and i.objsubid = 0 and i.privtype = 'e'
where x.owner <> 10 or x.acl is not null or i.initprivs is not null
order by x.class, x.name collate "C"
