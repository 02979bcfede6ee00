-- needs: pgmq.meta
-- A queue's tables are read as tables are: row level security, policies, grants on them are the project's.
select 'queue' as kind, '' as schema, '' as parent, m.queue_name as name, format('queue %I', m.queue_name) as identity,
  jsonb_build_object('partitioned', m.is_partitioned, 'unlogged', m.is_unlogged) as properties
from pgmq.meta as m
