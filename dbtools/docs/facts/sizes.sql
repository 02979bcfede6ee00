-- What each table takes on disk, its indexes and TOAST included, and how many rows the planner believes it has.
select case c.relkind when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end
    || format(' %I.%I', n.nspname, c.relname) as identity,
  pg_total_relation_size(c.oid) as bytes, greatest(c.reltuples, 0)::bigint as rows
from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
