-- Made by accept_node; seen by both sides, ended by the one who accepted.
alter table public.nodes_acceptances enable row level security;

revoke all on table public.nodes_acceptances from public, anon, authenticated, service_role;
grant select, delete on table public.nodes_acceptances to authenticated;
grant select, insert, delete on table public.nodes_acceptances to service_role;

drop policy if exists nodes_acceptances_select_of_both_sides on public.nodes_acceptances;
create policy nodes_acceptances_select_of_both_sides on public.nodes_acceptances
for select to authenticated using (
  user_id = (select auth.uid())
  or node_id in (
    select n.id from public.nodes as n
    where n.user_id = (select auth.uid())
  )
);

drop policy if exists nodes_acceptances_delete_own on public.nodes_acceptances;
create policy nodes_acceptances_delete_own on public.nodes_acceptances
for delete to authenticated using (user_id = (select auth.uid()));
