-- Without the indexes behind constraints, which are the constraint's.
select 'index' as kind, r.schema, r.identity as parent, c.relname as name,
  format('index %I.%I', r.schema, c.relname) as identity,
  jsonb_build_object(
    'definition', pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid,
    'tablespace', (select s.spcname from pg_tablespace as s where s.oid = c.reltablespace),
    'part of', (select h.inhparent::regclass::text from pg_inherits as h where h.inhrelid = i.indexrelid)
  ) as properties
from relation as r
  inner join pg_index as i on r.oid = i.indrelid
  inner join pg_class as c on i.indexrelid = c.oid
where not r.platform
  and not exists (
    select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
  )
