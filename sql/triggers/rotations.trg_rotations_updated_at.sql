create or replace trigger trg_rotations_updated_at before update on public.rotations
for each row execute function public.touch_updated_at();
