-- `public` is everywhere: of it, only grants and a comment count.
select 'schema' as kind, '' as schema, '' as parent, n.name, format('schema %I', n.name) as identity,
  jsonb_build_object('owner', pg_get_userbyid(n.owner)) as properties
from namespace as n
where not n.platform and not n.of_extension and n.name <> 'public'
