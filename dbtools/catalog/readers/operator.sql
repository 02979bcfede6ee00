select 'operator' as kind, n.name as schema, '' as parent, i.identity as name, 'operator ' || i.identity as identity,
  jsonb_build_object(
    'owner', r.name,
    'function', nullif(o.oprcode, 0)::oid::regprocedure::text,
    'result', nullif(o.oprresult, 0)::regtype::text,
    'commutator', nullif(o.oprcom, 0)::regoperator::text,
    'negator', nullif(o.oprnegate, 0)::regoperator::text,
    'restriction', nullif(o.oprrest, 0)::oid::regprocedure::text,
    'join', nullif(o.oprjoin, 0)::oid::regprocedure::text,
    'hashes', o.oprcanhash,
    'merges', o.oprcanmerge
  ) as properties
from pg_operator as o
  inner join namespace as n on o.oprnamespace = n.oid
  inner join role as r on o.oprowner = r.oid,
  pg_identify_object(o.tableoid, o.oid, 0) as i
where not (n.platform and r.platform) and (o.tableoid, o.oid) not in (select classid, objid from member)
