create or replace trigger trg_pin_inputs before insert on public.jobs
for each row execute function private.pin_inputs();
