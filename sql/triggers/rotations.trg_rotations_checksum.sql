create or replace trigger trg_rotations_checksum before insert or update on public.rotations
for each row execute function public.set_rotation_checksum();
