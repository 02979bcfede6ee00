-- Revision 0008, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0007' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0008', '0007', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Before 0005 nobody counted completed iterations or wrote results. Every job gets the count that its chunks give; jobs
-- that are complete get their result; open jobs that had all their chunks completed, or some begun, get their status.

-- Completions wait at this lock and then count on top of what is written here; reading goes on.
lock table public.jobs in share row exclusive mode;

with counted as (
  select
    job_id,
    coalesce(sum(iterations) filter (where status = 'completed'), 0) as iterations,
    bool_and(status = 'completed') as all_done,
    bool_or(status in ('running', 'completed')) as begun,
    max(completed_at) as last_completed_at
  from public.jobs_chunks
  group by job_id
),

repaired as (
  select
    j.id,
    c.iterations,
    case
      when j.status in ('pending', 'running') and c.all_done then 'completed'
      when j.status = 'pending' and c.begun then 'running'
      else j.status
    end as status,
    case
      when j.status in ('pending', 'running') and c.all_done then coalesce(j.completed_at, c.last_completed_at, now())
      else j.completed_at
    end as completed_at,
    case
      when j.result is null and (j.status = 'completed' or j.status in ('pending', 'running') and c.all_done)
        -- None at all rather than one without figures, where no chunk has any.
        then (
          select a.result from (select private.job_result(j.id)) as a (result) where a.result ->> 'meanDps' is not null
        )
      else j.result
    end as result
  from public.jobs as j
  inner join counted as c on c.job_id = j.id
)

update public.jobs as j
set
  completed_iterations = r.iterations,
  status = r.status,
  completed_at = r.completed_at,
  result = r.result
from repaired as r
where j.id = r.id
  and (j.completed_iterations, j.status, j.completed_at, j.result)
  is distinct from (r.iterations, r.status, r.completed_at, r.result);

delete from private.alembic_version where version_num = '0007';
insert into private.alembic_version (version_num) values ('0008');
