-- NOT NULL is a property of its column: before Postgres 18 it was no constraint. Constraint triggers are read as
-- triggers, and what a partition got from its parent's foreign key is the parent's.
select 'constraint' as kind, r.schema, r.identity as parent, c.conname as name,
  format('constraint %I on %I.%I', c.conname, r.schema, r.name) as identity,
  jsonb_build_object(
    'definition', pg_get_constraintdef(c.oid),
    'options', (select to_jsonb(i.reloptions) from pg_class as i where i.oid = c.conindid and c.contype <> 'f'),
    'tablespace', (
      select s.spcname from pg_class as i inner join pg_tablespace as s on i.reltablespace = s.oid
      where i.oid = c.conindid and c.contype <> 'f'
    ),
    'valid', (select nullif(i.indisvalid, true) from pg_index as i where i.indexrelid = c.conindid and c.contype <> 'f'),
    'statistics targets', (
      select jsonb_object_agg(a.attnum, a.attstattarget) from pg_attribute as a
      where a.attrelid = c.conindid and c.contype = 'x' and a.attstattarget >= 0
    ),
    'inherited', case when c.coninhcount > 0 then case when c.conislocal then 'also local' else 'only' end end
  ) as properties
from relation as r
  inner join pg_constraint as c on r.oid = c.conrelid
where not r.platform and c.contype in ('c', 'f', 'p', 'u', 'x') and not (c.contype = 'f' and c.conparentid <> 0)
union all
select 'constraint', d.schema, d.identity, c.conname, format('constraint %I on %s', c.conname, d.identity),
  jsonb_build_object('definition', pg_get_constraintdef(c.oid))
from data_type as d
  inner join pg_constraint as c on d.oid = c.contypid
where not d.platform and c.contype = 'c'
