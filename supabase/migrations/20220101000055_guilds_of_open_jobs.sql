-- Revision 0055, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0054' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0055', '0054', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Each assignment to a node asks in which guilds its owner's jobs wait; most jobs are in none.
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_user_guild_open on public.jobs (user_id, discord_server_id)
where access_type = 'discord' and status in ('pending', 'running');

delete from private.alembic_version where version_num = '0054';
insert into private.alembic_version (version_num) values ('0055');
