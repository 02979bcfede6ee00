-- Exposed, so it holds no privilege of its own; see private.cancel_job.
create or replace function public.cancel_job(p_job_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.cancel_job(p_job_id);
$$;

comment on function public.cancel_job(uuid) is
'Ends a job of the signed-in user''s that is pending or running, with the aggregate of what was completed; results that
still come for it do not count: {"jobId", "status", "chunksCancelled"}. Errors (code in DETAIL): not_signed_in,
job_not_found, job_not_open.';

revoke all on function public.cancel_job(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_job(uuid) to authenticated;
