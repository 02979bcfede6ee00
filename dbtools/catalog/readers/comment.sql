-- On everything else that is read here; the security labels on it, too, because they hang on the same things.
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
  union all
  select x.classid, x.oid, 0, coalesce(n.name, ''), coalesce(i.name, i.identity),
    format('%s %s', i.type, case i.type when 'transform' then replace(i.identity, ' on language', ' language') else i.identity end)
  from (
    select tableoid as classid, oid, oprnamespace as namespace, oprowner as owner from pg_operator
    union all select tableoid, oid, opcnamespace, opcowner from pg_opclass
    union all select tableoid, oid, opfnamespace, opfowner from pg_opfamily
    union all select tableoid, oid, collnamespace, collowner from pg_collation
    union all select tableoid, oid, connamespace, conowner from pg_conversion
    union all select tableoid, oid, cfgnamespace, cfgowner from pg_ts_config
    union all select tableoid, oid, dictnamespace, dictowner from pg_ts_dict
    union all select tableoid, oid, prsnamespace, null from pg_ts_parser
    union all select tableoid, oid, tmplnamespace, null from pg_ts_template
    union all select tableoid, oid, 0, lanowner from pg_language
    union all select tableoid, oid, 0, fdwowner from pg_foreign_data_wrapper
    union all select tableoid, oid, 0, srvowner from pg_foreign_server
    union all select tableoid, oid, 0, null from pg_cast
    union all select tableoid, oid, 0, null from pg_transform
    union all select tableoid, oid, 0, null from pg_am
  ) as x
    left join namespace as n on x.namespace = n.oid
    left join role as o on x.owner = o.oid,
    pg_identify_object(x.classid, x.oid, 0) as i
  -- Below that number is what the server was born with.
  where x.oid >= 16384
    and (x.namespace = 0 or n.oid is not null)
    and not (coalesce(n.platform, true) and coalesce(o.platform, n.platform, false))
    and (x.classid, x.oid) not in (select classid, objid from member)
  union all
  -- One that is not the one that it came with, as this server has it; the owner alone may write it.
  select 'pg_extension'::regclass, e.oid, 0, '', e.extname, format('extension %I', e.extname)
  from pg_extension as e inner join role as o on e.extowner = o.oid
  where not o.platform and obj_description(e.oid, 'pg_extension')
    is distinct from (select a.comment from pg_available_extensions() as a where a.name = e.extname)
)
select 'comment' as kind, c.schema, c.parent, c.name, 'comment on ' || c.parent as identity,
  jsonb_build_object('text', d.description) as properties
from commented as c
  inner join pg_description as d on c.classid = d.classoid and c.oid = d.objoid and c.sub = d.objsubid
-- What every database is born with.
where not (c.parent = 'schema public' and d.description = 'standard public schema')
union all
select 'comment', '', c.parent, c.name, 'comment on ' || c.parent, jsonb_build_object('text', d.description)
from (
  select 'pg_authid'::regclass as classid, o.oid, o.name, format('role %I', o.name) as parent
  from role as o where not o.platform and not o.projects_owner and o.oid in (select f.oid from of_database as f)
  union all
  select 'pg_database'::regclass, b.oid, 'database', 'database'
  from pg_database as b where b.datname = current_database()
) as c
  inner join pg_shdescription as d on c.classid = d.classoid and c.oid = d.objoid
where not (c.name = 'database' and d.description in (
  'default administrative connection database', 'default template for new databases', 'unmodifiable empty database'
))
union all
select 'security label', c.schema, c.parent, c.name, format('security label for %I on %s', l.provider, c.parent),
  jsonb_build_object('label', l.label)
from commented as c
  inner join pg_seclabel as l on c.classid = l.classoid and c.oid = l.objoid and c.sub = l.objsubid
