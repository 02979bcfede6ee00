-- That there is one, and no more: its connection string may hold a password.
select 'subscription' as kind, '' as schema, '' as parent, s.subname as name,
  format('subscription %I', s.subname) as identity, '{}'::jsonb as properties
from pg_subscription as s
where s.subdbid = (select d.oid from pg_database as d where d.datname = current_database())
