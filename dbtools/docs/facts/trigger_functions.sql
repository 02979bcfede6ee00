-- Which function each trigger starts, for which events and when. The words are those of CREATE TRIGGER.
select format('trigger %I on %I.%I', t.tgname, n.nspname, c.relname) as identity,
  format('function %I.%I()', f.nspname, p.proname) as function,
  case when t.tgtype & 2 > 0 then 'before' when t.tgtype & 64 > 0 then 'instead of' else 'after' end as moment,
  array_remove(array[
    case when t.tgtype & 4 > 0 then 'insert' end, case when t.tgtype & 16 > 0 then 'update' end,
    case when t.tgtype & 8 > 0 then 'delete' end, case when t.tgtype & 32 > 0 then 'truncate' end
  ], null) as events,
  case when t.tgtype & 1 > 0 then 'row' else 'statement' end as level
from pg_trigger as t
  inner join pg_class as c on t.tgrelid = c.oid
  inner join pg_namespace as n on c.relnamespace = n.oid
  inner join pg_proc as p on t.tgfoid = p.oid
  inner join pg_namespace as f on p.pronamespace = f.oid
where not t.tgisinternal
