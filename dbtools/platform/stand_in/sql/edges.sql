-- What must be there before what: class and oid of a member, class and oid of the member that it needs.
, made as (
  select classid, objid, classid as by_class, objid as by_oid from member
  union all
  select 'pg_type'::regclass, r.rngmultitypid, classid, objid
  from member join pg_range as r on r.rngtypid = objid where classid = 'pg_type'::regclass
  union all
  -- A table makes its row type, a composite type its relation.
  select 'pg_type'::regclass, c.reltype, classid, objid
  from member join pg_class as c on c.oid = objid where classid = 'pg_class'::regclass and c.reltype <> 0
  union all
  select 'pg_class'::regclass, t.typrelid, classid, objid
  from member join pg_type as t on t.oid = objid where classid = 'pg_type'::regclass and t.typrelid <> 0
  union all
  select 'pg_rewrite'::regclass, w.oid, classid, objid
  from member join pg_rewrite as w on w.ev_class = objid
  where classid = 'pg_class'::regclass and w.rulename = '_RETURN'
  union all
  select 'pg_attrdef'::regclass, f.oid, classid, objid
  from member
  join pg_attrdef as f on f.adrelid = objid
  join pg_attribute as a on a.attrelid = f.adrelid and a.attnum = f.adnum and a.attgenerated <> ''
  where classid = 'pg_class'::regclass
  union all
  select 'pg_constraint'::regclass, k.oid, classid, objid
  from member join pg_constraint as k on k.contypid = objid where classid = 'pg_type'::regclass
  union all
  -- An entry of a family that hangs on a class is made with the class.
  select d.classid, d.objid, m.classid, m.objid
  from member as m
  join pg_depend as d on d.refclassid = m.classid and d.refobjid = m.objid and d.deptype = 'i'
  where m.classid = 'pg_opclass'::regclass and d.classid in ('pg_amop'::regclass, 'pg_amproc'::regclass)
), with_arrays as (
  select * from made
  union all
  select 'pg_type'::regclass, t.typarray, m.by_class, m.by_oid
  from made as m join pg_type as t on t.oid = m.objid where m.classid = 'pg_type'::regclass and t.typarray <> 0
)
select distinct 
  a.by_class::regclass::text as class, a.by_oid::bigint as oid,
  b.by_class::regclass::text as needs_class, b.by_oid::bigint as needs_oid
from pg_depend as d
join with_arrays as a on a.classid = d.classid and a.objid = d.objid
join with_arrays as b on b.classid = d.refclassid and b.objid = d.refobjid
where (a.by_class, a.by_oid) <> (b.by_class, b.by_oid)
  -- A sequence that belongs to a column is made before its table, and given to it last.
  and not (d.deptype = 'a' and d.classid = 'pg_class'::regclass and d.refobjsubid > 0)
