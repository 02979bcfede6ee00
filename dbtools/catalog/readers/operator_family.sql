select 'operator family' as kind, n.name as schema, '' as parent, f.opfname as name,
  'operator family ' || i.identity as identity,
  jsonb_build_object(
    'owner', r.name,
    'operators', (
      select jsonb_agg(
        format(
          '%s: %s for %s, %s%s', o.amopstrategy, o.amopopr::regoperator, o.amoplefttype::regtype, o.amoprighttype::regtype,
          case when o.amoppurpose = 'o' then ' to order by ' || concat_ws('.', sn.nspname, s.opfname) else '' end
        )
        order by o.amopstrategy, o.amopopr::regoperator::text, o.amoplefttype::regtype::text, o.amoprighttype::regtype::text
      )
      from pg_amop as o
        left join pg_opfamily as s on o.amopsortfamily = s.oid
        left join pg_namespace as sn on s.opfnamespace = sn.oid
      where o.amopfamily = f.oid
    ),
    'functions', (
      select jsonb_agg(
        format(
          '%s: %s for %s, %s', p.amprocnum, p.amproc::oid::regprocedure, p.amproclefttype::regtype,
          p.amprocrighttype::regtype
        )
        order by p.amprocnum, p.amproclefttype::regtype::text, p.amprocrighttype::regtype::text
      )
      from pg_amproc as p
      where p.amprocfamily = f.oid
    )
  ) as properties
from pg_opfamily as f
  inner join namespace as n on f.opfnamespace = n.oid
  inner join role as r on f.opfowner = r.oid,
  pg_identify_object(f.tableoid, f.oid, 0) as i
where not (n.platform and r.platform) and (f.tableoid, f.oid) not in (select classid, objid from member)
