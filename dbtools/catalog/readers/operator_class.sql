-- What is in one is read with its family.
select 'operator class' as kind, n.name as schema, '' as parent, c.opcname as name,
  'operator class ' || i.identity as identity,
  jsonb_build_object(
    'owner', r.name,
    'default', c.opcdefault,
    'family', format('%I.%I', fn.nspname, f.opfname),
    'type', c.opcintype::regtype::text,
    'key type', nullif(c.opckeytype, 0)::regtype::text
  ) as properties
from pg_opclass as c
  inner join namespace as n on c.opcnamespace = n.oid
  inner join role as r on c.opcowner = r.oid
  inner join pg_opfamily as f on c.opcfamily = f.oid
  inner join pg_namespace as fn on f.opfnamespace = fn.oid,
  pg_identify_object(c.tableoid, c.oid, 0) as i
where not (n.platform and r.platform) and (c.tableoid, c.oid) not in (select classid, objid from member)
