-- Where an inheriting table's own columns do not come behind the inherited ones: nothing but the way in which it became so
-- makes it so again. In a partition, no statement depends on it.
select 'column order' as kind, c.schema, c.identity as parent, c.name,
  'column order of ' || c.identity as identity, jsonb_build_object('columns', c.columns) as properties
from (
  select r.schema, r.name, r.identity, jsonb_agg(a.attname order by a.attnum) as columns,
    min(a.attnum) filter (where a.attinhcount = 0) < max(a.attnum) filter (where a.attinhcount > 0) as mixed
  from relation as r
    inner join pg_class as t on r.oid = t.oid
    inner join pg_attribute as a on r.oid = a.attrelid
  where r.kind in ('r', 'f') and not r.platform and not t.relispartition and a.attnum > 0 and not a.attisdropped
  group by r.oid, r.schema, r.name, r.identity
) as c
where c.mixed
