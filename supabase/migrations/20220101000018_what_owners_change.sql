-- Revision 0018, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0017' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0018', '0017', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- A node enters by register_node and gets its owner by claim_node; the owner sees and deletes it, and changes what is
-- the owner's to say: its name, and how much it may do at once. Key, status and owner are not.
alter table public.nodes enable row level security;

revoke all on table public.nodes from public, anon, authenticated, service_role;
grant select, update (name, max_parallel), delete on table public.nodes to authenticated;
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

delete from private.alembic_version where version_num = '0017';
insert into private.alembic_version (version_num) values ('0018');
