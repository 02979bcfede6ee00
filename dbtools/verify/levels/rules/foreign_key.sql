-- Without an index, each delete or change of a referenced row reads the whole referencing table, holding its locks.
select 'constraint' as kind, r.schema, k.conname as name,
  format('constraint %I on %I.%I', k.conname, r.schema, r.name) as identity,
  'index' as property, format('on (%s)', f.columns) as expected, null as found,
  format('create index concurrently on %I.%I (%s);', r.schema, r.name, f.columns) as mend
from relation as r
  inner join pg_constraint as k on k.conrelid = r.oid
  cross join lateral (
    select string_agg(format('%I', a.attname), ', ' order by c.place) as columns
    from unnest(k.conkey) with ordinality as c (attnum, place)
      inner join pg_attribute as a on a.attrelid = r.oid and a.attnum = c.attnum
  ) as f
where not r.platform and k.contype = 'f' and k.conparentid = 0
  and not exists (
    select from pg_index as i
    where i.indrelid = r.oid and i.indisvalid
      -- Its first columns are the key's, in whatever order.
      and (i.indkey::smallint[])[0 : cardinality(k.conkey) - 1] @> k.conkey
      -- All rows are in it, or all that refer to something.
      and (
        i.indpred is null
        or cardinality(k.conkey) = 1 and pg_get_expr(i.indpred, r.oid) = format('(%s IS NOT NULL)', f.columns)
      )
  )
