-- In a transaction of its own, because only then is the strong lock gone under which the constraints were added. Where
-- one fails, rows have a value that no client knows: correct them and come again.
alter table public.jobs validate constraint jobs_status_check;
alter table public.jobs validate constraint jobs_access_type_check;
alter table public.jobs_chunks validate constraint jobs_chunks_status_check;
alter table public.nodes validate constraint nodes_status_check;
alter table public.nodes_permissions validate constraint nodes_permissions_access_type_check;
