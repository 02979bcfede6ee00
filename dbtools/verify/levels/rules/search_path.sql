-- Unpinned, a body means what its caller's search_path makes of it. With its owner's rights it must not look into the
-- caller's temporary schema first either, which it does unless pg_temp is named; an empty path names relations in full.
select r.kind, r.schema, r.name, r.identity, 'search_path' as property,
  case when s.path is null then 'pinned' else 'pg_temp named, last' end as expected,
  coalesce(s.path, 'the caller''s') as found,
  format(
    'alter %s set search_path = %s', r.identity,
    case
      when s.path is not null then s.path || ', pg_temp;'
      when p.prosecdef then 'pg_catalog, pg_temp;  -- and qualify the names in its body'
      else ''''';  -- and qualify the names in its body'
    end
  ) as mend
from routine as r
  inner join pg_proc as p on p.oid = r.oid
  left join lateral (
    select substr(c.setting, length('search_path=') + 1) as path
    from unnest(p.proconfig) as c (setting) where c.setting like 'search\_path=%'
  ) as s on true
where not r.platform and r.kind <> 'aggregate' and p.prolang in (
    select l.oid from pg_language as l where l.lanname not in ('c', 'internal')
  )
  and (s.path is null or p.prosecdef and s.path not in ('', '""') and s.path !~ '(^|[ ,])"?pg_temp"?$')
