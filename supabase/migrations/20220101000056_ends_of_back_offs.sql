-- Revision 0056, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0055' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0056', '0055', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- A node that is no longer left alone has room, and nothing else says so: the sentinel looks when the next one is.
-- squawk-ignore require-concurrent-index-creation
create index idx_nodes_backoff on public.nodes (backoff_until)
where backoff_until is not null;

delete from private.alembic_version where version_num = '0055';
insert into private.alembic_version (version_num) values ('0056');
