drop trigger trg_job_progress on public.jobs_chunks;
drop trigger trg_pending_chunk_again on public.jobs_chunks;
drop trigger trg_pending_chunk on public.jobs_chunks;
drop function private.advance_jobs();
drop function private.job_result(uuid);
drop function private.notify_pending_chunk();

create function public.notify_pending_chunk() returns trigger language plpgsql as $$
begin
  if new.status = 'pending' and new.node_id is null then
    perform pg_notify('pending_chunk', new.id::text);
  end if;
  return new;
end;
$$;

create trigger trg_pending_chunk after insert or update on public.jobs_chunks
for each row execute function public.notify_pending_chunk();
