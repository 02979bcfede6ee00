-- Text search, collations, conversions, statistics: class, oid, statement.
select 'pg_ts_parser' as class, s.oid::bigint as oid, format('create text search parser %I.%I (%s)', n.nspname, s.prsname, concat_ws(
  ', ', 'start = ' || s.prsstart, 'gettoken = ' || s.prstoken, 'end = ' || s.prsend,
  'headline = ' || nullif(s.prsheadline, 0::oid)::regproc, 'lextypes = ' || s.prslextype
)) as statement
from member join pg_ts_parser as s on s.oid = objid join pg_namespace as n on n.oid = s.prsnamespace
where classid = 'pg_ts_parser'::regclass
union all
select 'pg_ts_template', t.oid::bigint, format('create text search template %I.%I (%s)', n.nspname, t.tmplname, concat_ws(
  ', ', 'init = ' || nullif(t.tmplinit, 0::oid)::regproc, 'lexize = ' || t.tmpllexize
))
from member join pg_ts_template as t on t.oid = objid join pg_namespace as n on n.oid = t.tmplnamespace
where classid = 'pg_ts_template'::regclass
union all
select 'pg_ts_dict', d.oid::bigint, format('create text search dictionary %I.%I (%s)', n.nspname, d.dictname, concat_ws(
  ', ', format('template = %I.%I', s.nspname, t.tmplname), d.dictinitoption
))
from member
join pg_ts_dict as d on d.oid = objid
join pg_namespace as n on n.oid = d.dictnamespace
join pg_ts_template as t on t.oid = d.dicttemplate
join pg_namespace as s on s.oid = t.tmplnamespace
where classid = 'pg_ts_dict'::regclass
union all
select 'pg_ts_config', c.oid::bigint, format(
  'create text search configuration %I.%I (parser = %I.%I)%s', n.nspname, c.cfgname, s.nspname, p.prsname,
  (
    select string_agg(format(e';\nalter text search configuration %I.%I add mapping for %I with %s', n.nspname, c.cfgname, m.alias, m.dictionaries), '' order by m.alias)
    from (
      select t.alias, string_agg(m.mapdict::regdictionary::text, ', ' order by m.mapseqno) as dictionaries
      from pg_ts_config_map as m
      join ts_token_type(c.cfgparser) as t on t.tokid = m.maptokentype
      where m.mapcfg = c.oid
      group by t.alias
    ) as m
  )
)
from member
join pg_ts_config as c on c.oid = objid
join pg_namespace as n on n.oid = c.cfgnamespace
join pg_ts_parser as p on p.oid = c.cfgparser
join pg_namespace as s on s.oid = p.prsnamespace
where classid = 'pg_ts_config'::regclass
union all
select 'pg_collation', c.oid::bigint, format(
  'create collation %I.%I (%s)', n.nspname, c.collname,
  concat_ws(
    ', ', 'provider = ' || case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
    'locale = ' || quote_literal(coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate)),
    case when not c.collisdeterministic then 'deterministic = false' end
  )
)
from member join pg_collation as c on c.oid = objid join pg_namespace as n on n.oid = c.collnamespace
where classid = 'pg_collation'::regclass
union all
select 'pg_conversion', c.oid::bigint, format(
  'create %sconversion %I.%I for %L to %L from %s', case when c.condefault then 'default ' else '' end, n.nspname,
  c.conname, pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc
)
from member join pg_conversion as c on c.oid = objid join pg_namespace as n on n.oid = c.connamespace
where classid = 'pg_conversion'::regclass
union all
select 'pg_statistic_ext', s.oid::bigint, pg_get_statisticsobjdef(s.oid)
from member join pg_statistic_ext as s on s.oid = objid where classid = 'pg_statistic_ext'::regclass
