-- A private rotation is open for reading only while a job that is pending or running needs it: its nodes come with the
-- anon key and must be able to fetch it.
alter table public.rotations enable row level security;

revoke all on table public.rotations from public, anon, authenticated, service_role;
grant select on table public.rotations to anon;
grant select, insert, update, delete on table public.rotations to authenticated, service_role;

drop policy if exists rotations_select_public_own_or_open on public.rotations;
create policy rotations_select_public_own_or_open on public.rotations
for select to anon, authenticated
using (is_public or user_id = (select auth.uid()) or private.rotation_is_open(id));

drop policy if exists rotations_insert_own on public.rotations;
create policy rotations_insert_own on public.rotations
for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists rotations_update_own on public.rotations;
create policy rotations_update_own on public.rotations
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists rotations_delete_own on public.rotations;
create policy rotations_delete_own on public.rotations
for delete to authenticated using (user_id = (select auth.uid()));
