-- Every body, a trigger function's once for each table that has it as a trigger, with what does not resolve in it; behind
-- the catalog's scope. $8: the schema of plpgsql_check, or nothing.
, body as (
  select r.kind, r.schema, r.name, r.identity, l.lanname as language, p.oid as function,
    (
      select substr(c.setting, length('search_path=') + 1)
      from unnest(p.proconfig) as c (setting) where c.setting like 'search\_path=%'
    ) as path,
    coalesce(t.tgrelid, 0) as relation, t.old, t.new,
    case
      when l.lanname not in ('sql', 'plpgsql') then 'nothing here reads ' || l.lanname
      when p.prorettype = 'trigger'::regtype and t.tgrelid is null
        then 'no trigger calls it, so nothing says for which table it is'
    end as unchecked
  from routine as r
    inner join pg_proc as p on p.oid = r.oid
    inner join pg_language as l on l.oid = p.prolang
    left join lateral (
      -- Its triggers may see different transition tables, and its body all of them.
      select g.tgrelid, max(g.tgoldtable) as old, max(g.tgnewtable) as new
      from pg_trigger as g
      where g.tgfoid = p.oid and not g.tgisinternal and g.tgparentid = 0
      group by g.tgrelid
    ) as t on true
  where not r.platform and r.kind <> 'aggregate' and l.lanname not in ('c', 'internal')
)
select b.kind, b.schema, b.name, b.identity, b.language, b.unchecked, p.place, p.problem,
  b.identity || ' ' || b.relation as body
from body as b
  left join lateral pg_temp.dbtools_problems(b.function, b.language, b.path, b.relation, b.old, b.new, $8) as p
    on b.unchecked is null and (b.language = 'sql' or $8 <> '')
order by b.identity, b.relation
