-- Without the indexes behind constraints, which are the constraint's. One that a failed `create index concurrently` left
-- behind serves nobody, and no dump has it: it is no index, and said.
select case when i.indisvalid or c.relkind = 'I' then 'index' else 'invalid index' end as kind, r.schema, r.identity as parent, c.relname as name,
  case when i.indisvalid or c.relkind = 'I' then '' else 'invalid ' end
  || format('index %I.%I', r.schema, c.relname) as identity,
  jsonb_build_object(
    'definition', pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid,
    'tablespace', (select s.spcname from pg_tablespace as s where s.oid = c.reltablespace),
    'part of', (select h.inhparent::regclass::text from pg_inherits as h where h.inhrelid = i.indexrelid),
    'statistics targets', (
      select jsonb_object_agg(a.attnum, a.attstattarget) from pg_attribute as a
      where a.attrelid = i.indexrelid and a.attstattarget >= 0
    ),
    'depends on extension', (
      select jsonb_agg(x.extname order by x.extname) from pg_depend as d
        inner join pg_extension as x on d.refobjid = x.oid
      where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refclassid = 'pg_extension'::regclass
        and d.deptype = 'x'
    )
  ) as properties
from relation as r
  inner join pg_index as i on r.oid = i.indrelid
  inner join pg_class as c on i.indexrelid = c.oid
where not r.platform
  and not exists (
    select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
  )
