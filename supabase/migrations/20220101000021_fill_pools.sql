-- Revision 0021, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0020' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0021', '0020', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Of jobs that are over, chunks never wait again, so they stay as they are. Locks the others' rows, by key as everybody
-- does, and nothing else: nobody who reads waits, and schedulers pass over what is locked.
update public.jobs_chunks as c
set user_id = j.user_id, pool = j.pool
from (
  select c.id, j.user_id, private.pool_of(j.access_type, j.user_id, j.discord_server_id) as pool
  from public.jobs_chunks as c
  inner join public.jobs as j on j.id = c.job_id
  where c.pool is null and (j.status in ('pending', 'running', 'failed') or c.status in ('pending', 'running', 'failed'))
  order by c.id for no key update of c
) as j
where c.id = j.id;

delete from private.alembic_version where version_num = '0020';
insert into private.alembic_version (version_num) values ('0021');
