alter table public.jobs drop constraint jobs_status_check;
alter table public.jobs drop constraint jobs_access_type_check;
alter table public.jobs_chunks drop constraint jobs_chunks_status_check;
alter table public.nodes drop constraint nodes_status_check;
alter table public.nodes_permissions drop constraint nodes_permissions_access_type_check;
