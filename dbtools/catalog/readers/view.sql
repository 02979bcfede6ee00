-- Materialized ones too; whether one is filled is data.
select case r.kind when 'm' then 'materialized view' else 'view' end as kind, r.schema, '' as parent, r.name, r.identity,
  jsonb_build_object(
    'owner', r.owner_name,
    'definition', pg_get_viewdef(r.oid),
    'options', (select jsonb_agg(o order by o) from unnest(c.reloptions) as o),
    'access method', (select m.amname from pg_am as m where m.oid = c.relam),
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
