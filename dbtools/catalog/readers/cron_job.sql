-- needs: cron.job
-- A job without a name is known by what it does. No database means: the one that is read.
select 'cron job' as kind, '' as schema, '' as parent, coalesce(j.jobname, j.command) as name,
  case
    when j.jobname is null then format('cron job %s: %s', j.schedule, j.command) else format('cron job %I', j.jobname)
  end as identity,
  jsonb_build_object(
    'name', j.jobname,
    'schedule', j.schedule,
    'command', j.command,
    'database', nullif(j.database, current_database()),
    'username', j.username,
    'active', j.active
  ) as properties
from cron.job as j
