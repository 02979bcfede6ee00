-- What each function is there for: its oid, the use, a number that says more.
select u.oid::bigint, u.use, u.detail::bigint
from (
  select f.oid, f.use, t.oid as detail
  from pg_type as t
  cross join lateral (
    values (t.typinput::oid, 'input'), (t.typoutput, 'output'), (t.typreceive, 'receive'), (t.typsend, 'send'),
      (t.typmodin, 'typmod in'), (t.typmodout, 'typmod out'), (t.typanalyze, 'analyze'), (t.typsubscript, 'subscript')
  ) as f (oid, use)
  where t.typtype = 'b'
  union all select prosupport, 'support', 0 from pg_proc
  union all select oprrest, 'restrict', 0 from pg_operator
  union all select oprjoin, 'join', 0 from pg_operator
  union all select n.oprcode, 'not equal', 0
  from pg_amop as e join pg_am as a on a.oid = e.amopmethod
  join pg_operator as o on o.oid = e.amopopr join pg_operator as n on n.oid = o.oprnegate
  where (a.amname, e.amopstrategy) in (('btree', 3), ('hash', 1))
  union all select o.oprcode, a.amname || ' operator', e.amopstrategy
  from pg_amop as e join pg_am as a on a.oid = e.amopmethod join pg_operator as o on o.oid = e.amopopr
  where a.amname in ('btree', 'hash')
  union all select e.amproc, a.amname, e.amprocnum
  from pg_amproc as e join pg_opfamily as f on f.oid = e.amprocfamily join pg_am as a on a.oid = f.opfmethod
  union all select castfunc, 'cast', 0 from pg_cast
  union all select tmplinit, 'dictionary', 0 from pg_ts_template
  union all select f.oid, f.use, 0
  from pg_ts_parser as s
  cross join lateral (
    values (s.prsstart::oid, 'prsd_start'), (s.prstoken, 'prsd_nexttoken'), (s.prsend, 'prsd_end'),
      (s.prsheadline, 'prsd_headline'), (s.prslextype, 'prsd_lextype')
  ) as f (oid, use)
  union all select fdwvalidator, 'validator', 0 from pg_foreign_data_wrapper
  union all select lanvalidator, 'validator', 0 from pg_language
) as u
join member on member.classid = 'pg_proc'::regclass and member.objid = u.oid
