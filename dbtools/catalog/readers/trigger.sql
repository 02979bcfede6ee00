select 'trigger' as kind, x.schema, x.parent, x.name, x.identity,
  jsonb_build_object(
    'definition', pg_get_triggerdef(t.oid),
    'enabled', case t.tgenabled
      when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always'
    end
  ) as properties
from table_trigger as x
  inner join pg_trigger as t on x.oid = t.oid
