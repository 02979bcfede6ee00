-- Ordinary, partitioned and foreign tables.
select case r.kind when 'f' then 'foreign table' else 'table' end as kind, r.schema, '' as parent, r.name, r.identity,
  jsonb_build_object(
    'owner', r.owner_name,
    'persistence', case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged' else 'temporary' end,
    'row level security', c.relrowsecurity,
    'forced row level security', c.relforcerowsecurity,
    'replica identity', case c.relreplident
      when 'n' then 'nothing' when 'f' then 'full' when 'i' then (
        select i.indexrelid::regclass::text from pg_index as i where i.indrelid = r.oid and i.indisreplident
      )
      else 'default'
    end,
    'partitioned by', pg_get_partkeydef(r.oid),
    'partition', pg_get_expr(c.relpartbound, c.oid),
    'inherits', (
      select jsonb_agg(h.inhparent::regclass::text order by h.inhseqno) from pg_inherits as h where h.inhrelid = r.oid
    ),
    'detaching', (select nullif(h.inhdetachpending, false) from pg_inherits as h where h.inhrelid = r.oid limit 1),
    'options', (select jsonb_agg(o order by o) from unnest(c.reloptions) as o),
    'toast options', (
      select jsonb_agg(o order by o) from pg_class as t, unnest(t.reloptions) as o where t.oid = c.reltoastrelid
    ),
    'access method', (select m.amname from pg_am as m where m.oid = c.relam),
    'tablespace', (select s.spcname from pg_tablespace as s where s.oid = c.reltablespace),
    'of type', nullif(c.reloftype, 0)::regtype::text,
    'clustered on', (
      select i.indexrelid::regclass::text from pg_index as i where i.indrelid = r.oid and i.indisclustered
    ),
    'server', (
      select s.srvname from pg_foreign_table as f
        inner join pg_foreign_server as s on f.ftserver = s.oid
      where f.ftrelid = r.oid
    ),
    'server options', (
      select jsonb_agg(o order by o) from pg_foreign_table as f, unnest(f.ftoptions) as o where f.ftrelid = r.oid
    )
  ) as properties
from relation as r
  inner join pg_class as c on r.oid = c.oid
where r.kind in ('r', 'p', 'f') and not r.platform
