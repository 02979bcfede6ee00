-- Revision 0034, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0033' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0034', '0033', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- In a transaction of its own, because only then is the strong lock gone under which the constraints were added.
alter table public.nodes validate constraint nodes_name_check;
alter table public.nodes validate constraint nodes_platform_check;
alter table public.nodes validate constraint nodes_version_check;
alter table public.nodes validate constraint nodes_max_parallel_check;
alter table public.nodes_permissions validate constraint nodes_permissions_target_id_check;
alter table public.jobs validate constraint jobs_discord_server_id_check;
alter table public.rotations validate constraint rotations_slug_check;
alter table public.rotations validate constraint rotations_name_check;
alter table public.rotations validate constraint rotations_description_check;
alter table public.rotations_versions validate constraint rotations_versions_message_check;

delete from private.alembic_version where version_num = '0033';
insert into private.alembic_version (version_num) values ('0034');
