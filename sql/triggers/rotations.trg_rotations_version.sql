create or replace trigger trg_rotations_version before update on public.rotations
for each row when (old.script is distinct from new.script)
execute function public.file_rotation_version();
