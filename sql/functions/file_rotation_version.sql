-- Definer, so that history is filed whoever edits, whatever the policies of rotations_versions let them insert.
create or replace function public.file_rotation_version()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rotations_versions (rotation_id, version, script, created_by)
  values (old.id, old.current_version, old.script, coalesce(auth.uid(), old.user_id))
  on conflict (rotation_id, version) do nothing;
  new.current_version := old.current_version + 1;
  return new;
end;
$$;

comment on function public.file_rotation_version() is
'Files the script that an edit replaces in rotations_versions and counts current_version up.';

revoke all on function public.file_rotation_version() from public, anon, authenticated, service_role;
