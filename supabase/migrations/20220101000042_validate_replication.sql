-- Revision 0042, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0041' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0042', '0041', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- In a transaction of its own, because only then is the strong lock gone under which the constraint was added.
alter table public.jobs validate constraint jobs_replication_check;

delete from private.alembic_version where version_num = '0041';
insert into private.alembic_version (version_num) values ('0042');
