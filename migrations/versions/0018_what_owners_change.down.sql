-- A node enters by register_node and gets its owner by claim_node; the owner sees, changes and deletes it.
alter table public.nodes enable row level security;

revoke all on table public.nodes from public, anon, authenticated, service_role;
grant select, update, delete on table public.nodes to authenticated;
grant select, insert, update, delete on table public.nodes to service_role;

drop policy if exists nodes_select_own on public.nodes;
create policy nodes_select_own on public.nodes
for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists nodes_update_own on public.nodes;
create policy nodes_update_own on public.nodes
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists nodes_delete_own on public.nodes;
create policy nodes_delete_own on public.nodes
for delete to authenticated using (user_id = (select auth.uid()));
