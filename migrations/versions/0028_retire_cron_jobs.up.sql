-- The functions stay: the sentinel calls them. pg_cron lets a role see and remove its own jobs only, so a job that
-- another role has made stays, and does no harm: what both do at once, one of them skips.
select cron.unschedule(jobid)
from cron.job
where
  jobname in ('mark-nodes-offline', 'reap-stale-chunks', 'cleanup-stale-data')
  and username = current_user;
