-- Revision 0028, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0027' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0028', '0027', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- The functions stay: the sentinel calls them. pg_cron lets a role see and remove its own jobs only, so a job that
-- another role has made stays, and does no harm: what both do at once, one of them skips.
select cron.unschedule(jobid)
from cron.job
where
  jobname in ('mark-nodes-offline', 'reap-stale-chunks', 'cleanup-stale-data')
  and username = current_user;

delete from private.alembic_version where version_num = '0027';
insert into private.alembic_version (version_num) values ('0028');
