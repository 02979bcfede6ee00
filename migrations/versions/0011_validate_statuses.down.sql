-- A constraint cannot be told to forget that it was validated.
alter table public.jobs drop constraint jobs_status_check;
alter table public.jobs drop constraint jobs_access_type_check;
alter table public.jobs_chunks drop constraint jobs_chunks_status_check;
alter table public.nodes drop constraint nodes_status_check;
alter table public.nodes_permissions drop constraint nodes_permissions_access_type_check;
alter table public.jobs add constraint jobs_status_check
check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')) not valid;
alter table public.jobs add constraint jobs_access_type_check
check (access_type in ('private', 'public', 'user', 'discord')) not valid;
alter table public.jobs_chunks add constraint jobs_chunks_status_check
check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')) not valid;
alter table public.nodes add constraint nodes_status_check
check (status in ('pending', 'online', 'offline')) not valid;
alter table public.nodes_permissions add constraint nodes_permissions_access_type_check
check (access_type in ('public', 'user', 'guild', 'owner')) not valid;
