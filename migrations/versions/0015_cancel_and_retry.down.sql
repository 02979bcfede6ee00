drop function public.retry_job(uuid);
drop function private.retry_job(uuid);
drop function public.cancel_job(uuid);
drop function private.cancel_job(uuid);
drop index public.idx_jobs_chunks_cancelled;
