-- Who else may use a node is its owner's to say.
alter table public.nodes_permissions enable row level security;

revoke all on table public.nodes_permissions from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.nodes_permissions to authenticated, service_role;

drop policy if exists nodes_permissions_all_of_own_nodes on public.nodes_permissions;
create policy nodes_permissions_all_of_own_nodes on public.nodes_permissions
for all to authenticated
using (
  node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
)
with check (
  node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
);
