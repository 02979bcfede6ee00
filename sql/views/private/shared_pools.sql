-- The one place that says whom a node works for beside its owner. Both sides must have said yes: the node's owner in
-- nodes_permissions; a user by accepting the node; a guild by having the node's owner among its members, as the service
-- knows them. Read anew by every assignment, so what has ended ends there.
create or replace view private.shared_pools as
select
  p.node_id,
  'public' as pool
from public.nodes_permissions as p
where p.access_type = 'public'
union all
select
  p.node_id,
  'user:' || p.target_id as pool
from public.nodes_permissions as p
inner join public.nodes_acceptances as a on p.node_id = a.node_id and p.target_id = a.user_id::text
where p.access_type = 'user'
union all
select
  p.node_id,
  'guild:' || p.target_id as pool
from public.nodes_permissions as p
inner join public.nodes as n on p.node_id = n.id
inner join public.guilds_members as m on p.target_id = m.guild_id and n.user_id = m.user_id
where p.access_type = 'guild';

comment on view private.shared_pools is
'The pools that a node draws on beside those of its owner, by permission and consent.';

revoke all on table private.shared_pools from public, anon, authenticated, service_role;
