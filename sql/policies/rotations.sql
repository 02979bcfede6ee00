-- A private rotation is its owner's to read, whatever jobs name it: a node gets the script with its chunk, or by
-- attempt_inputs.
alter table public.rotations enable row level security;

revoke all on table public.rotations from public, anon, authenticated, service_role;
grant select on table public.rotations to anon;
grant select, insert, update, delete on table public.rotations to authenticated, service_role;

drop policy if exists rotations_select_public_or_own on public.rotations;
create policy rotations_select_public_or_own on public.rotations
for select to anon, authenticated using (is_public or user_id = (select auth.uid()));

drop policy if exists rotations_insert_own on public.rotations;
create policy rotations_insert_own on public.rotations
for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists rotations_update_own on public.rotations;
create policy rotations_update_own on public.rotations
for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists rotations_delete_own on public.rotations;
create policy rotations_delete_own on public.rotations
for delete to authenticated using (user_id = (select auth.uid()));
