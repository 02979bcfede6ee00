-- In a transaction of its own, because only then is the strong lock gone under which the constraint was added.
alter table public.jobs validate constraint jobs_replication_check;
