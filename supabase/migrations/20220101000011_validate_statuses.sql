-- Revision 0011, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0010' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0011', '0010', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- In a transaction of its own, because only then is the strong lock gone under which the constraints were added. Where
-- one fails, rows have a value that no client knows: correct them and come again.
alter table public.jobs validate constraint jobs_status_check;
alter table public.jobs validate constraint jobs_access_type_check;
alter table public.jobs_chunks validate constraint jobs_chunks_status_check;
alter table public.nodes validate constraint nodes_status_check;
alter table public.nodes_permissions validate constraint nodes_permissions_access_type_check;

delete from private.alembic_version where version_num = '0010';
insert into private.alembic_version (version_num) values ('0011');
