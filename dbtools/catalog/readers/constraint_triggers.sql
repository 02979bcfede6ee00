-- The triggers by which Postgres itself keeps a constraint: only a superuser turns them off, and rows go unchecked then.
select 'constraint triggers' as kind, r.schema, format('constraint %I on %I.%I', c.conname, r.schema, r.name) as parent,
  c.conname as name, format('triggers of constraint %I on %I.%I', c.conname, r.schema, r.name) as identity,
  jsonb_build_object('states', jsonb_agg(distinct format(
    '%s on %s',
    case t.tgenabled when 'D' then 'disabled' when 'R' then 'replica' else 'always' end, t.tgrelid::regclass
  ))) as properties
from relation as r
  inner join pg_constraint as c on r.oid = c.conrelid
  inner join pg_trigger as t on c.oid = t.tgconstraint
where not r.platform and t.tgisinternal and t.tgenabled <> 'O'
group by r.schema, r.name, c.conname
