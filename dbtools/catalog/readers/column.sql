-- Of tables only: a view's columns are part of its definition. Dropped columns leave gaps that do not count.
select 'column' as kind, r.schema, r.identity as parent, a.attname as name,
  format('column %I.%I.%I', r.schema, r.name, a.attname) as identity,
  jsonb_build_object(
    -- Of what a table inherits and of what is its own, each for itself: see column_order.sql.
    'position', row_number() over (partition by r.oid, a.attinhcount > 0 order by a.attnum),
    'type', format_type(a.atttypid, a.atttypmod),
    'not null', a.attnotnull,
    -- Named since Postgres 18, where NOT NULL is a constraint.
    'not null constraint', (
      select format('%I', k.conname) || replace(pg_get_constraintdef(k.oid), format('NOT NULL %I', a.attname), '')
      from pg_constraint as k
      where k.conrelid = r.oid and k.contype = 'n' and k.conkey = array[a.attnum] and k.conislocal
        and (k.conname <> format('%s_%s_not_null', r.name, a.attname) or not k.convalidated or k.connoinherit)
    ),
    'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
    'generated', case a.attgenerated when 's' then 'stored ' when 'v' then 'virtual ' end
      || pg_get_expr(d.adbin, d.adrelid),
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
    'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
    'storage', case when a.attstorage <> t.typstorage then a.attstorage end,
    'compression', nullif(a.attcompression::text, ''),
    'statistics target', nullif(a.attstattarget, -1),
    -- Newer minor releases (15.20 for one) mark every column with a number of their own.
    'options', (
      select jsonb_agg(o order by o) from unnest(a.attoptions || a.attfdwoptions) as o where o not like 'pg\_attver=%'
    ),
    'inherited', case when a.attinhcount > 0 then case when a.attislocal then 'also local' else 'only' end end
  ) as properties
from relation as r
  inner join pg_attribute as a on r.oid = a.attrelid
  inner join pg_type as t on a.atttypid = t.oid
  left join pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
where r.kind in ('r', 'p', 'f') and not r.platform and a.attnum > 0 and not a.attisdropped
