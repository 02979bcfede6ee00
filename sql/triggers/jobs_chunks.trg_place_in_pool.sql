create or replace trigger trg_place_in_pool before insert on public.jobs_chunks
for each row when (new.pool is null) execute function private.place_in_pool();
