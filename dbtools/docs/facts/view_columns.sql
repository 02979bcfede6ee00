-- The columns of views, which are part of their definition and therefore in no snapshot.
select case c.relkind when 'm' then 'materialized view' else 'view' end || format(' %I.%I', n.nspname, c.relname) as identity,
  a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
  coalesce(col_description(c.oid, a.attnum), '') as comment
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
  inner join pg_attribute as a on c.oid = a.attrelid
where c.relkind in ('v', 'm') and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
  and a.attnum > 0 and not a.attisdropped
order by 1, a.attnum
