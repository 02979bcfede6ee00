-- Each foreign key: what it is called, the two tables by identity, the columns of both in order, whether an index of the
-- referring table begins with its columns (in any order), and whether those columns are unique there.
with relation as (
  select c.oid,
    case c.relkind when 'f' then 'foreign table' else 'table' end || format(' %I.%I', n.nspname, c.relname) as identity
  from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'f')
)
select k.conname as name, f.identity as from_table, t.identity as to_table,
  array(
    select a.attname::text from unnest(k.conkey) with ordinality as x (number, place)
      inner join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = x.number
    order by x.place
  ) as from_columns,
  array(
    select a.attname::text from unnest(k.confkey) with ordinality as x (number, place)
      inner join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = x.number
    order by x.place
  ) as to_columns,
  exists (
    select from pg_index as i
    where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
      and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
  ) as indexed,
  exists (
    select from pg_index as i
    where i.indrelid = k.conrelid and i.indisunique and i.indpred is null and i.indnkeyatts <= cardinality(k.conkey)
      and (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ k.conkey
  ) as is_unique
from pg_constraint as k
  inner join relation as f on k.conrelid = f.oid
  inner join relation as t on k.confrelid = t.oid
where k.contype = 'f' and k.conparentid = 0
