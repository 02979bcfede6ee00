-- What PostgREST embeds in a job, as no foreign key says that they belong together: jobs?select=*,jobs_chunks(…).
-- With the caller's rights: it names the columns that owners may read, in the table's order, and null for the others.
create or replace function public.jobs_chunks(p_job public.jobs)
returns setof public.jobs_chunks
language sql
stable
set search_path = ''
as $$
  select
    c.id, c.job_id, c.node_id, c.config_hash, c.iterations, c.seed_offset, c.status, c.result, c.claimed_at,
    c.completed_at, c.created_at, c.attempts, null::uuid, c.error, c.last_node_id, c.lease_expires_at, c.user_id,
    null::text, null::boolean
  from public.jobs_chunks as c
  where c.job_id = p_job.id;
$$;

comment on function public.jobs_chunks(public.jobs) is
'The chunks of a job, as far as the caller may see them; without attempt_token, pool and must_check.';

revoke all on function public.jobs_chunks(public.jobs) from public, anon, authenticated, service_role;
grant execute on function public.jobs_chunks(public.jobs) to authenticated, service_role;
