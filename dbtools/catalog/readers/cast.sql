-- A cast has no owner. Below that number is what the server was born with.
select 'cast' as kind, '' as schema, '' as parent, i.identity as name, 'cast ' || i.identity as identity,
  jsonb_build_object(
    'function', nullif(c.castfunc, 0)::regprocedure::text,
    'context', case c.castcontext when 'e' then 'explicit' when 'a' then 'assignment' when 'i' then 'implicit' end,
    'method', case c.castmethod when 'f' then 'function' when 'i' then 'inout' when 'b' then 'binary' end
  ) as properties
from pg_cast as c,
  pg_identify_object(c.tableoid, c.oid, 0) as i
where c.oid >= 16384
  -- A range type makes the one to its multirange itself.
  and not exists (select from pg_depend as d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'i')
  and (c.tableoid, c.oid) not in (select classid, objid from member)
