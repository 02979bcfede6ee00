select 'trigger' as kind, x.schema, x.parent, x.name, x.identity,
  jsonb_build_object(
    'definition', pg_get_triggerdef(t.oid),
    'enabled', case t.tgenabled
      when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always'
    end,
    'depends on extension', (
      select jsonb_agg(x.extname order by x.extname) from pg_depend as d
        inner join pg_extension as x on d.refobjid = x.oid
      where d.classid = 'pg_trigger'::regclass and d.objid = t.oid and d.refclassid = 'pg_extension'::regclass
        and d.deptype = 'x'
    )
  ) as properties
from table_trigger as x
  inner join pg_trigger as t on x.oid = t.oid
