-- History is filed by a trigger; a user may add a version by hand, to a rotation of their own only, or it would stand
-- in the way of somebody else's next edit.
alter table public.rotations_versions enable row level security;

revoke all on table public.rotations_versions from public, anon, authenticated, service_role;
grant select, insert on table public.rotations_versions to authenticated;
grant select, insert, update, delete on table public.rotations_versions to service_role;

drop policy if exists rotations_versions_select_own on public.rotations_versions;
create policy rotations_versions_select_own on public.rotations_versions
for select to authenticated using (created_by = (select auth.uid()));

drop policy if exists rotations_versions_insert_own on public.rotations_versions;
create policy rotations_versions_insert_own on public.rotations_versions
for insert to authenticated with check (
  created_by = (select auth.uid())
  and rotation_id in (
    select r.id from public.rotations as r
    where r.user_id = (select auth.uid())
  )
);
