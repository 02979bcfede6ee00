-- A constraint cannot be told to forget that it was validated.
alter table public.jobs drop constraint jobs_replication_check;
alter table public.jobs add constraint jobs_replication_check
check (replication in ('none', 'spot', 'quorum', 'copy')) not valid;
