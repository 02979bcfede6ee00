-- Revision 0010, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0009' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0010', '0009', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Jobs and chunks can fail and be cancelled. Not validated yet: that reads whole tables, and while this transaction
-- lasts, nobody else may even read them. The next revision does it, under a lock that lets everybody work.
alter table public.jobs add constraint jobs_status_check
check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')) not valid;
alter table public.jobs add constraint jobs_access_type_check
check (access_type in ('private', 'public', 'user', 'discord')) not valid;
alter table public.jobs_chunks add constraint jobs_chunks_status_check
check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')) not valid;
alter table public.nodes add constraint nodes_status_check
check (status in ('pending', 'online', 'offline')) not valid;
alter table public.nodes_permissions add constraint nodes_permissions_access_type_check
check (access_type in ('public', 'user', 'guild', 'owner')) not valid;

delete from private.alembic_version where version_num = '0009';
insert into private.alembic_version (version_num) values ('0010');
