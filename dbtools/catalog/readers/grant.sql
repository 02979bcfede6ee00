-- One object for each pair of object and grantee, the owner among them. A NULL acl means the built-in default, so both
-- read the same. An asterisk marks the grant option.
with grantable as (
  select '' as schema, n.name, format('schema %I', n.name) as parent, coalesce(n.acl, acldefault('n', n.owner)) as acl,
    n.owner
  from namespace as n where not n.platform and not n.of_extension
  union all
  select r.schema, r.name, r.identity,
    coalesce(r.acl, acldefault(case r.kind when 'S' then 's'::"char" else 'r'::"char" end, r.owner)), r.owner
  from relation as r where not r.platform
  union all
  select r.schema, a.attname, format('column %I.%I.%I', r.schema, r.name, a.attname), a.attacl, r.owner
  from relation as r inner join pg_attribute as a on r.oid = a.attrelid
  where not r.platform and a.attacl is not null and a.attnum > 0 and not a.attisdropped
  union all
  select r.schema, r.name, r.identity, coalesce(r.acl, acldefault('f', r.owner)), r.owner
  from routine as r where not r.platform
  union all
  select d.schema, d.name, d.identity, coalesce(d.acl, acldefault('T', d.owner)), d.owner
  from data_type as d where not d.platform
  union all
  select '', s.srvname, format('foreign server %I', s.srvname), coalesce(s.srvacl, acldefault('S', s.srvowner)),
    s.srvowner
  from pg_foreign_server as s inner join role as o on s.srvowner = o.oid
  where not o.platform
  union all
  select '', w.fdwname, format('foreign data wrapper %I', w.fdwname), coalesce(w.fdwacl, acldefault('F', w.fdwowner)),
    w.fdwowner
  from pg_foreign_data_wrapper as w inner join role as o on w.fdwowner = o.oid
  where not o.platform and (w.tableoid, w.oid) not in (select classid, objid from member)
)
select 'grant' as kind, g.schema, g.parent, g.name,
  format('grant to %s on %s', case x.grantee when 0 then 'public' else format('%I', pg_get_userbyid(x.grantee)) end, g.parent)
    as identity,
  jsonb_build_object(
    'privileges', string_agg(
      distinct x.privilege_type || case when x.is_grantable then '*' else '' end, ', '
      order by x.privilege_type || case when x.is_grantable then '*' else '' end
    ),
    'granted by', jsonb_agg(distinct format('%I', pg_get_userbyid(x.grantor))) filter (where x.grantor <> g.owner)
  ) as properties
from grantable as g, aclexplode(g.acl) as x
group by g.schema, g.parent, g.name, x.grantee
union all
-- A language is born for everybody, and what it is born with is no difference.
select 'grant', '', format('language %I', l.lanname), l.lanname,
  format('grant to %s on language %I', case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, l.lanname),
  jsonb_build_object('privileges', l.now)
from (
  select p.lanname, r, coalesce(n.privileges, 'none') as now
  from pg_language as p,
    unnest(array(select 0::oid union select a.grantee from aclexplode(p.lanacl) as a)) as r
    left join lateral (
      select string_agg(
        distinct a.privilege_type || case when a.is_grantable then '*' else '' end, ', '
        order by a.privilege_type || case when a.is_grantable then '*' else '' end
      ) as privileges
      from aclexplode(p.lanacl) as a
      where a.grantee = r
    ) as n on true
  where p.lanacl is not null and r <> p.lanowner
) as l (lanname, r, now)
where not (l.r = 0 and l.now = 'USAGE')
