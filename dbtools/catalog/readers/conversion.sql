select 'conversion' as kind, n.name as schema, '' as parent, c.conname as name,
  format('conversion %I.%I', n.name, c.conname) as identity,
  jsonb_build_object(
    'owner', r.name,
    'from', pg_encoding_to_char(c.conforencoding),
    'to', pg_encoding_to_char(c.contoencoding),
    'function', c.conproc::oid::regprocedure::text,
    'default', c.condefault
  ) as properties
from pg_conversion as c
  inner join namespace as n on c.connamespace = n.oid
  inner join role as r on c.conowner = r.oid
where not (n.platform and r.platform) and (c.tableoid, c.oid) not in (select classid, objid from member)
