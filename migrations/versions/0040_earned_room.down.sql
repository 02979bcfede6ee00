alter table private.settings
drop column max_chunks_per_node,
drop column backoff_first,
drop column backoff_longest;
drop table private.chunk_failures;
alter table public.jobs_chunks drop column must_check;
alter table public.nodes
drop column quota,
drop column backoff_step,
drop column backoff_until,
drop column failed_at;
