comment on column private.settings.stale_after is 'a running chunk that has been silent for longer is taken back';
alter table private.settings
drop column max_attempts,
drop column max_error_length,
drop column max_open_jobs_per_user,
drop column max_iterations_per_job,
drop column lease_cap,
drop column chunk_retention,
drop column batch_size;
