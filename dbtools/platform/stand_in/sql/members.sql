-- The extension's members, less what another member makes by itself: arrays, row types, multiranges, identity sequences.
-- A queue's tables are members of pgmq although a project made them: whoever replays the project makes them again.
select d.classid, d.objid
from pg_depend as d
where d.refclassid = 'pg_extension'::regclass
  and d.refobjid = current_setting('dbtools.extension')::oid
  and d.deptype = 'e'
  and not exists (
    select from pg_depend as i
    where i.classid = d.classid and i.objid = d.objid and i.deptype = 'i'
      and i.refclassid in ('pg_type'::regclass, 'pg_class'::regclass)
  )
  and not exists (
    select from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where d.classid = 'pg_class'::regclass and c.oid = d.objid
      and n.nspname = 'pgmq' and c.relname ~ '^[qa]_' and c.relkind in ('r', 'p')
  )
