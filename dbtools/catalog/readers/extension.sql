-- Not its version: which one there is to install is the server's business.
select 'extension' as kind, '' as schema, '' as parent, e.extname as name,
  format('extension %I', e.extname) as identity,
  jsonb_build_object('schema', n.nspname) as properties
from pg_extension as e
  inner join pg_namespace as n on e.extnamespace = n.oid
where e.extname <> 'plpgsql'
