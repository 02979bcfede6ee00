-- Entries of families that hang on no class: the family, its access method's being the extension's, the entry.
select
  format('alter operator family %I.%I using %I add ', n.nspname, f.opfname, a.amname) || x.entry as statement,
  x.is_function and exists (select from member as m where m.classid = 'pg_am'::regclass and m.objid = a.oid) as only_real
from (
  select
    e.amopfamily as family, false as is_function, e.amopstrategy as n, e.oid,
    format(
      'operator %s %s%s', e.amopstrategy, e.amopopr::regoperator,
      (
        select format(' for order by %I.%I', fn.nspname, o.opfname)
        from pg_opfamily as o join pg_namespace as fn on fn.oid = o.opfnamespace where o.oid = e.amopsortfamily
      )
    ) as entry
  from pg_amop as e
  where exists (select from member where classid = 'pg_operator'::regclass and objid = e.amopopr)
    or exists (select from member where classid = 'pg_opfamily'::regclass and objid = e.amopfamily)
  union all
  select
    e.amprocfamily, true, e.amprocnum, e.oid,
    format('function %s (%s, %s) %s', e.amprocnum, e.amproclefttype::regtype, e.amprocrighttype::regtype, e.amproc::oid::regprocedure)
  from pg_amproc as e
  where exists (select from member where classid = 'pg_proc'::regclass and objid = e.amproc)
    or exists (select from member where classid = 'pg_opfamily'::regclass and objid = e.amprocfamily)
) as x
join pg_opfamily as f on f.oid = x.family
join pg_namespace as n on n.oid = f.opfnamespace
join pg_am as a on a.oid = f.opfmethod
where not exists (
  select from pg_depend as d
  where d.classid = case when x.is_function then 'pg_amproc'::regclass else 'pg_amop'::regclass end
    and d.objid = x.oid and d.refclassid = 'pg_opclass'::regclass and d.deptype = 'i'
)
order by n.nspname, f.opfname, a.amname, x.is_function, x.n, x.oid
