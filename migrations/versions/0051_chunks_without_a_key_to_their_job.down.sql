alter table public.jobs_chunks add constraint jobs_chunks_job_id_fkey
foreign key (job_id) references public.jobs (id) on delete cascade not valid;
alter table public.jobs_chunks validate constraint jobs_chunks_job_id_fkey;
