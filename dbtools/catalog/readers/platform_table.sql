-- What is on the platform's own tables, one property for each thing: columns, constraints, indexes, what the roles that
-- everybody has may do. What of it is the project's is said by dbtools.pull.platform_changes, which knows how a shadow is born.
select 'platform table' as kind, r.schema, '' as parent, r.name, format('platform %s', r.identity) as identity,
  jsonb_build_object('owner', r.owner_name, 'row level security', c.relrowsecurity)
  || coalesce((
    select jsonb_object_agg(
      format('column %I', a.attname),
      format_type(a.atttypid, a.atttypmod)
      || case
        when d.adbin is null then ''
        when a.attgenerated = 's' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
        when a.attgenerated = 'v' then format(' generated always as (%s)', pg_get_expr(d.adbin, d.adrelid))
        else ' default ' || pg_get_expr(d.adbin, d.adrelid)
      end
      || case when a.attnotnull then ' not null' else '' end
    )
    from pg_attribute as a
      left join pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
    where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  ), '{}')
  || coalesce((
    select jsonb_object_agg(format('constraint %I', k.conname), pg_get_constraintdef(k.oid))
    from pg_constraint as k
    where k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
  ), '{}')
  || coalesce((
    select jsonb_object_agg(format('index %I', x.relname), pg_get_indexdef(i.indexrelid))
    from pg_index as i
      inner join pg_class as x on i.indexrelid = x.oid
    where i.indrelid = r.oid
      and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  ), '{}')
  || (
    select jsonb_object_agg('grant to ' || quote_ident(g.name), coalesce((
      select string_agg(
        distinct x.privilege_type || case when x.is_grantable then '*' else '' end, ', '
        order by x.privilege_type || case when x.is_grantable then '*' else '' end
      )
      from aclexplode(c.relacl) as x
      where x.grantee = g.oid
    ), 'none'))
    from (
      select o.oid, o.name from role as o where o.of_requests
      union all
      select 0, 'public'
    ) as g
  ) as properties
from relation as r
  inner join pg_class as c on r.oid = c.oid
where r.kind in ('r', 'p') and r.platform and not c.relispartition
