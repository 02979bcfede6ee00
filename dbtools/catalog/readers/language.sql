-- Below that number is what the server was born with.
select 'language' as kind, '' as schema, '' as parent, l.lanname as name, format('language %I', l.lanname) as identity,
  jsonb_build_object(
    'owner', r.name,
    'trusted', l.lanpltrusted,
    'handler', nullif(l.lanplcallfoid, 0)::regprocedure::text,
    'inline', nullif(l.laninline, 0)::regprocedure::text,
    'validator', nullif(l.lanvalidator, 0)::regprocedure::text
  ) as properties
from pg_language as l
  inner join role as r on l.lanowner = r.oid
where l.oid >= 16384 and not r.platform and (l.tableoid, l.oid) not in (select classid, objid from member)
