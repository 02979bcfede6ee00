-- Configurations, dictionaries, parsers, templates; the last two have no owner, and only a superuser makes them.
select 'text search configuration' as kind, n.name as schema, '' as parent, c.cfgname as name,
  format('text search configuration %I.%I', n.name, c.cfgname) as identity,
  jsonb_build_object(
    'owner', r.name,
    'parser', (
      select format('%I.%I', pn.nspname, p.prsname)
      from pg_ts_parser as p
        inner join pg_namespace as pn on p.prsnamespace = pn.oid
      where p.oid = c.cfgparser
    ),
    'mappings', (
      select jsonb_object_agg(m.token, m.dictionaries)
      from (
        select k.alias as token, jsonb_agg(x.mapdict::regdictionary::text order by x.mapseqno) as dictionaries
        from pg_ts_config_map as x
          inner join ts_token_type(c.cfgparser) as k on x.maptokentype = k.tokid
        where x.mapcfg = c.oid
        group by k.alias
      ) as m
    )
  ) as properties
from pg_ts_config as c
  inner join namespace as n on c.cfgnamespace = n.oid
  inner join role as r on c.cfgowner = r.oid
where not (n.platform and r.platform) and (c.tableoid, c.oid) not in (select classid, objid from member)
union all
select 'text search dictionary', n.name, '', d.dictname, format('text search dictionary %I.%I', n.name, d.dictname),
  jsonb_build_object(
    'owner', r.name,
    'template', (
      select format('%I.%I', tn.nspname, t.tmplname)
      from pg_ts_template as t
        inner join pg_namespace as tn on t.tmplnamespace = tn.oid
      where t.oid = d.dicttemplate
    ),
    'options', d.dictinitoption
  )
from pg_ts_dict as d
  inner join namespace as n on d.dictnamespace = n.oid
  inner join role as r on d.dictowner = r.oid
where not (n.platform and r.platform) and (d.tableoid, d.oid) not in (select classid, objid from member)
union all
select 'text search parser', n.name, '', p.prsname, format('text search parser %I.%I', n.name, p.prsname),
  jsonb_build_object(
    'start', p.prsstart::oid::regprocedure::text,
    'token', p.prstoken::oid::regprocedure::text,
    'end', p.prsend::oid::regprocedure::text,
    'headline', nullif(p.prsheadline, 0)::oid::regprocedure::text,
    'token types', p.prslextype::oid::regprocedure::text
  )
from pg_ts_parser as p
  inner join namespace as n on p.prsnamespace = n.oid
where not n.platform and (p.tableoid, p.oid) not in (select classid, objid from member)
union all
select 'text search template', n.name, '', t.tmplname, format('text search template %I.%I', n.name, t.tmplname),
  jsonb_build_object(
    'init', nullif(t.tmplinit, 0)::oid::regprocedure::text,
    'lexize', t.tmpllexize::oid::regprocedure::text
  )
from pg_ts_template as t
  inner join namespace as n on t.tmplnamespace = n.oid
where not n.platform and (t.tableoid, t.oid) not in (select classid, objid from member)
