select 'sequence' as kind, r.schema, '' as parent, r.name, r.identity,
  jsonb_build_object(
    'owner', r.owner_name,
    'type', format_type(s.seqtypid, null),
    'start', s.seqstart,
    'increment', s.seqincrement,
    'minimum', s.seqmin,
    'maximum', s.seqmax,
    'cache', s.seqcache,
    'cycle', s.seqcycle,
    'persistence', c.relpersistence,
    'owned by', (
      select format('%s.%I', d.refobjid::regclass, a.attname)
      from pg_depend as d
        inner join pg_attribute as a on d.refobjid = a.attrelid and d.refobjsubid = a.attnum
      where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype in ('a', 'i')
    )
  ) as properties
from relation as r
  inner join pg_class as c on r.oid = c.oid
  inner join pg_sequence as s on r.oid = s.seqrelid
where not r.platform
