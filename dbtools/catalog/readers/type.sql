-- Domains too; their constraints are read with the tables'.
select d.kind, d.schema, '' as parent, d.name, d.identity,
  jsonb_build_object(
    'owner', d.owner_name,
    'form', case t.typtype
      when 'b' then 'base' when 'c' then 'composite' when 'd' then 'domain' when 'e' then 'enum' when 'r' then 'range'
    end,
    'labels', case when t.typtype = 'e' then array(
      select e.enumlabel from pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder
    ) end,
    'attributes', case when t.typtype = 'c' then array(
      select format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
        || case when a.attcollation <> at.typcollation then ' collate ' || a.attcollation::regcollation else '' end
      from pg_attribute as a
        inner join pg_type as at on a.atttypid = at.oid
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
      order by a.attnum
    ) end,
    'base type', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
    'not null', case when t.typtype = 'd' then t.typnotnull end,
    'default', pg_get_expr(t.typdefaultbin, 0),
    'collation', case
      when t.typtype = 'd' and t.typcollation <> (select b.typcollation from pg_type as b where b.oid = t.typbasetype)
        then t.typcollation::regcollation::text
    end,
    'subtype', format_type(r.rngsubtype, null),
    'operator class', (
      select format('%I.%I', n.nspname, c.opcname) from pg_opclass as c
        inner join pg_namespace as n on c.opcnamespace = n.oid
      where c.oid = r.rngsubopc
    ),
    'subtype collation', nullif(r.rngcollation, 0)::regcollation::text,
    'canonical', nullif(r.rngcanonical, 0)::regproc::text,
    'difference', nullif(r.rngsubdiff, 0)::regproc::text
  ) as properties
from data_type as d
  inner join pg_type as t on d.oid = t.oid
  left join pg_range as r on t.oid = r.rngtypid
where not d.platform
