-- It was checked, and its job locked, for each chunk: half of what it takes to create a large job. The triggers of the
-- revision before do what it did, see docs/decisions/0021.
-- squawk-ignore ban-drop-constraint
alter table public.jobs_chunks drop constraint jobs_chunks_job_id_fkey;
