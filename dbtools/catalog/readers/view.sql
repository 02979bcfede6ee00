-- Materialized ones too; whether one is filled is data.
select case r.kind when 'm' then 'materialized view' else 'view' end as kind, r.schema, '' as parent, r.name, r.identity,
  jsonb_build_object(
    'owner', r.owner_name,
    'definition', pg_get_viewdef(r.oid),
    'options', (select jsonb_agg(o order by o) from unnest(c.reloptions) as o),
    'toast options', (
      select jsonb_agg(o order by o) from pg_class as t, unnest(t.reloptions) as o where t.oid = c.reltoastrelid
    ),
    'access method', (select m.amname from pg_am as m where m.oid = c.relam),
    'tablespace', (select s.spcname from pg_tablespace as s where s.oid = c.reltablespace),
    'clustered on', (
      select i.indexrelid::regclass::text from pg_index as i where i.indrelid = r.oid and i.indisclustered
    ),
    'column statistics', (
      select jsonb_object_agg(a.attname, a.attstattarget) from pg_attribute as a
      where a.attrelid = r.oid and a.attnum > 0 and a.attstattarget >= 0
    ),
    'column storage', (
      select jsonb_object_agg(a.attname, a.attstorage) from pg_attribute as a
        inner join pg_type as t on a.atttypid = t.oid
      where a.attrelid = r.oid and r.kind = 'm' and a.attnum > 0 and a.attstorage <> t.typstorage
    ),
    'column compression', (
      select jsonb_object_agg(a.attname, a.attcompression) from pg_attribute as a
      where a.attrelid = r.oid and a.attnum > 0 and a.attcompression <> ''
    ),
    'column options', (
      select jsonb_object_agg(a.attname, own.options) from pg_attribute as a
        cross join lateral (
          -- Without the mark of newer minor releases, as for columns.
          select jsonb_agg(o) as options from unnest(a.attoptions) as o where o not like 'pg\_attver=%'
        ) as own
      where a.attrelid = r.oid and a.attnum > 0 and own.options is not null
    ),
    'depends on extension', (
      select jsonb_agg(x.extname order by x.extname) from pg_depend as d
        inner join pg_extension as x on d.refobjid = x.oid
      where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.refclassid = 'pg_extension'::regclass
        and d.deptype = 'x'
    ),
    'column defaults', (
      select jsonb_object_agg(a.attname, pg_get_expr(d.adbin, d.adrelid))
      from pg_attrdef as d
        inner join pg_attribute as a on d.adrelid = a.attrelid and d.adnum = a.attnum
      where d.adrelid = r.oid
    )
  ) as properties
from relation as r
  inner join pg_class as c on r.oid = c.oid
where r.kind in ('v', 'm') and not r.platform
