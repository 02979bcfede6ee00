-- Revision 0051, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0050' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0051', '0050', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- It was checked, and its job locked, for each chunk: half of what it takes to create a large job. The triggers of the
-- revision before do what it did, see docs/decisions/0021.
-- squawk-ignore ban-drop-constraint
alter table public.jobs_chunks drop constraint jobs_chunks_job_id_fkey;

delete from private.alembic_version where version_num = '0050';
insert into private.alembic_version (version_num) values ('0051');
