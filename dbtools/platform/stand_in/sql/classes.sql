-- Operator classes; `own_method` says that the access method is the extension's too, and so perhaps a stand-in.
select
  c.oid::bigint,
  format(
    'create operator class %I.%I%s for type %s using %I family %I.%I as', n.nspname, c.opcname,
    case when c.opcdefault then ' default' else '' end, c.opcintype::regtype, a.amname, s.nspname, f.opfname
  ) as head,
  c.opcintype::regtype::text as type,
  'storage ' || nullif(c.opckeytype, 0)::regtype as storage,
  exists (select from member as m where m.classid = 'pg_am'::regclass and m.objid = a.oid) as own_method,
  array(
    select format(
      'operator %s %s%s', e.amopstrategy, e.amopopr::regoperator,
      (
        select format(' for order by %I.%I', fn.nspname, o.opfname)
        from pg_opfamily as o join pg_namespace as fn on fn.oid = o.opfnamespace where o.oid = e.amopsortfamily
      )
    )
    from pg_amop as e
    join pg_depend as d on d.classid = 'pg_amop'::regclass and d.objid = e.oid and d.deptype = 'i'
    where d.refclassid = 'pg_opclass'::regclass and d.refobjid = c.oid
    order by e.amopstrategy, e.oid
  ) as operators,
  array(
    select format('function %s (%s, %s) %s', e.amprocnum, e.amproclefttype::regtype, e.amprocrighttype::regtype, e.amproc::oid::regprocedure)
    from pg_amproc as e
    join pg_depend as d on d.classid = 'pg_amproc'::regclass and d.objid = e.oid and d.deptype = 'i'
    where d.refclassid = 'pg_opclass'::regclass and d.refobjid = c.oid
    order by e.amprocnum, e.oid
  ) as functions
from member
join pg_opclass as c on c.oid = objid
join pg_namespace as n on n.oid = c.opcnamespace
join pg_am as a on a.oid = c.opcmethod
join pg_opfamily as f on f.oid = c.opcfamily
join pg_namespace as s on s.oid = f.opfnamespace
where classid = 'pg_opclass'::regclass
