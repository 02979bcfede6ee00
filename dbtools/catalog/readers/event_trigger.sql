select 'event trigger' as kind, '' as schema, '' as parent, e.evtname as name,
  format('event trigger %I', e.evtname) as identity,
  jsonb_build_object(
    'owner', o.name,
    'event', e.evtevent,
    'tags', e.evttags,
    'function', e.evtfoid::regprocedure::text,
    'enabled', case e.evtenabled
      when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always'
    end
  ) as properties
from pg_event_trigger as e
  inner join role as o on e.evtowner = o.oid
where not o.platform and 'event trigger ' || e.evtname not in (select named.name from platforms as named)
  and (e.tableoid, e.oid) not in (select classid, objid from member)
