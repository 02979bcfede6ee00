-- Revision 0009, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0008' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0009', '0008', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Every limit that the revisions after this one need. Defaults that are constants rewrite nothing.
alter table private.settings
add column max_attempts integer not null default 5 check (max_attempts between 1 and 1000),
add column max_error_length integer not null default 1000 check (max_error_length between 1 and 100000),
add column max_open_jobs_per_user integer not null default 100 check (max_open_jobs_per_user between 0 and 1000000),
add column max_iterations_per_job integer not null default 10000000 check (max_iterations_per_job > 0),
add column lease_cap interval not null default '1 hour' check (lease_cap > '0' and lease_cap <= '30 days'),
add column chunk_retention interval not null default '90 days' check (chunk_retention > '0'),
add column batch_size integer not null default 1000 check (batch_size between 1 and 100000);

comment on column private.settings.stale_after is 'how long the lease on a running chunk lasts, and each renewal of it';
comment on column private.settings.max_attempts is 'how often a chunk is assigned before it counts as failed';
comment on column private.settings.max_error_length is 'an error that a node reports is cut to so many characters';
comment on column private.settings.max_open_jobs_per_user is 'so many jobs of a user may be pending or running';
comment on column private.settings.max_iterations_per_job is 'a job may have so many, if its chunks may';
comment on column private.settings.lease_cap is 'for so long after its assignment can heartbeats keep a chunk running';
comment on column private.settings.chunk_retention is 'the chunks of a job are deleted so long after it has ended';
comment on column private.settings.batch_size is 'so many rows does one statement of the periodic chores touch';

delete from private.alembic_version where version_num = '0008';
insert into private.alembic_version (version_num) values ('0009');
