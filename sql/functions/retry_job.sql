-- Exposed, so it holds no privilege of its own; see private.retry_job.
create or replace function public.retry_job(p_job_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.retry_job(p_job_id);
$$;

comment on function public.retry_job(uuid) is
'Opens a failed job of the signed-in user''s again: its failed chunks are pending, with all their attempts before them,
what was completed stays: {"jobId", "status", "chunksRetried"}. Errors (code in DETAIL): not_signed_in, job_not_found,
job_not_failed, chunks_gone, too_many_open_jobs, rotation_not_found, too_many_jobs, too_many_chunks (both 429 with
Retry-After).';

revoke all on function public.retry_job(uuid) from public, anon, authenticated, service_role;
grant execute on function public.retry_job(uuid) to authenticated;
