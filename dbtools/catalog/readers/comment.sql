-- On everything else that is read here, and on what has no reader but a schema of the project's.
with commented as (
  select 'pg_namespace'::regclass as classid, n.oid, 0 as sub, '' as schema, n.name, format('schema %I', n.name) as parent
  from namespace as n where not n.platform and not n.of_extension
  union all
  select 'pg_class'::regclass, r.oid, 0, r.schema, r.name, r.identity from relation as r where not r.platform
  union all
  select 'pg_class'::regclass, r.oid, a.attnum, r.schema, a.attname,
    format('column %I.%I.%I', r.schema, r.name, a.attname)
  from relation as r inner join pg_attribute as a on r.oid = a.attrelid
  where not r.platform and a.attnum > 0 and not a.attisdropped
  union all
  select 'pg_class'::regclass, c.oid, 0, r.schema, c.relname, format('index %I.%I', r.schema, c.relname)
  from relation as r
    inner join pg_index as i on r.oid = i.indrelid
    inner join pg_class as c on i.indexrelid = c.oid
  where not r.platform
  union all
  select 'pg_type'::regclass, d.oid, 0, d.schema, d.name, d.identity from data_type as d where not d.platform
  union all
  select 'pg_class'::regclass, t.typrelid, a.attnum, d.schema, a.attname, format('attribute %I of %s', a.attname, d.identity)
  from data_type as d
    inner join pg_type as t on d.oid = t.oid
    inner join pg_attribute as a on t.typrelid = a.attrelid
  where not d.platform and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped
  union all
  select 'pg_proc'::regclass, r.oid, 0, r.schema, r.name, r.identity from routine as r where not r.platform
  union all
  select 'pg_constraint'::regclass, c.oid, 0, r.schema, c.conname,
    format('constraint %I on %I.%I', c.conname, r.schema, r.name)
  from relation as r inner join pg_constraint as c on r.oid = c.conrelid
  where not r.platform
  union all
  select 'pg_constraint'::regclass, c.oid, 0, d.schema, c.conname, format('constraint %I on %s', c.conname, d.identity)
  from data_type as d inner join pg_constraint as c on d.oid = c.contypid
  where not d.platform
  union all
  select 'pg_trigger'::regclass, t.oid, 0, t.schema, t.name, t.identity from table_trigger as t
  union all
  select 'pg_policy'::regclass, p.oid, 0, p.schema, p.name, p.identity from table_policy as p
  union all
  select 'pg_rewrite'::regclass, w.oid, 0, r.schema, w.rulename, format('rule %I on %I.%I', w.rulename, r.schema, r.name)
  from relation as r inner join pg_rewrite as w on r.oid = w.ev_class
  where not r.platform
  union all
  select 'pg_statistic_ext'::regclass, s.oid, 0, n.name, s.stxname, format('statistics %I.%I', n.name, s.stxname)
  from pg_statistic_ext as s inner join namespace as n on s.stxnamespace = n.oid
  where not n.platform
  union all
  select 'pg_publication'::regclass, p.oid, 0, '', p.pubname, format('publication %I', p.pubname)
  from pg_publication as p where p.pubname <> all($3::text[])
  union all
  select 'pg_event_trigger'::regclass, e.oid, 0, '', e.evtname, format('event trigger %I', e.evtname)
  from pg_event_trigger as e inner join role as o on e.evtowner = o.oid
  where not o.platform and 'event trigger ' || e.evtname not in (select named.name from platforms as named)
)
select 'comment' as kind, c.schema, c.parent, c.name, 'comment on ' || c.parent as identity,
  jsonb_build_object('text', d.description) as properties
from commented as c
  inner join pg_description as d on c.classid = d.classoid and c.oid = d.objoid and c.sub = d.objsubid
-- What every database is born with.
where not (c.parent = 'schema public' and d.description = 'standard public schema')
