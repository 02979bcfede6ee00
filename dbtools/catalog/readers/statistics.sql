select 'statistics' as kind, n.name as schema, r.identity as parent, s.stxname as name,
  format('statistics %I.%I', n.name, s.stxname) as identity,
  jsonb_build_object(
    'owner', pg_get_userbyid(s.stxowner),
    'definition', pg_get_statisticsobjdef(s.oid),
    'target', nullif(s.stxstattarget, -1)
  ) as properties
from pg_statistic_ext as s
  inner join namespace as n on s.stxnamespace = n.oid
  inner join relation as r on s.stxrelid = r.oid
where not r.platform
