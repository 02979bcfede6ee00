-- Whatever is in the platform's publications that it did not put there is the project's.
select 'publication member' as kind, r.schema, format('publication %I', p.pubname) as parent, r.name,
  format('table %I.%I in publication %I', r.schema, r.name, p.pubname) as identity,
  jsonb_build_object(
    -- since 15
    'columns', (
      select jsonb_agg(format('%I', a.attname) order by a.attnum) from pg_attribute as a
      where a.attrelid = r.oid and a.attnum = any(m.prattrs)
    ),
    'where', pg_get_expr(m.prqual, m.prrelid)
    -- until here
  ) as properties
from pg_publication_rel as m
  inner join pg_publication as p on m.prpubid = p.oid
  inner join relation as r on m.prrelid = r.oid
where format('publication %s %s', p.pubname, m.prrelid::regclass) not in (select named.name from platforms as named)
-- since 15
union all
select 'publication member', n.name, format('publication %I', p.pubname), n.name,
  format('schema %I in publication %I', n.name, p.pubname), '{}'
from pg_publication_namespace as m
  inner join pg_publication as p on m.pnpubid = p.oid
  inner join namespace as n on m.pnnspid = n.oid
where not (n.platform and p.pubname = any($3::text[]))
-- until here
