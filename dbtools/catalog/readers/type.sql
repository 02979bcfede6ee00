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
    'not null constraint', (
      select format('%I', k.conname) from pg_constraint as k
      where k.contypid = t.oid and k.contype = 'n' and k.conname <> t.typname || '_not_null'
    ),
    'default', case when t.typtype = 'b' then t.typdefault else pg_get_expr(t.typdefaultbin, 0) end,
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
    'difference', nullif(r.rngsubdiff, 0)::regproc::text,
    'multirange', r.rngmultitypid::regtype::text
  )
  || case when t.typtype = 'b' then jsonb_build_object(
    'input', t.typinput::oid::regprocedure::text,
    'output', t.typoutput::oid::regprocedure::text,
    'receive', nullif(t.typreceive, 0)::oid::regprocedure::text,
    'send', nullif(t.typsend, 0)::oid::regprocedure::text,
    'modifier input', nullif(t.typmodin, 0)::oid::regprocedure::text,
    'modifier output', nullif(t.typmodout, 0)::oid::regprocedure::text,
    'analyze', nullif(t.typanalyze, 0)::oid::regprocedure::text,
    'subscript', nullif(t.typsubscript, 0)::oid::regprocedure::text,
    'length', t.typlen,
    'by value', t.typbyval,
    'alignment', t.typalign,
    'storage', t.typstorage,
    'category', t.typcategory,
    'preferred', t.typispreferred,
    'delimiter', t.typdelim,
    'element', nullif(t.typelem, 0)::regtype::text,
    'collatable', t.typcollation <> 0
  ) else '{}' end as properties
from data_type as d
  inner join pg_type as t on d.oid = t.oid
  left join pg_range as r on t.oid = r.rngtypid
where not d.platform
