-- Revision 0025, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0024' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0025', '0024', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

alter policy "Users upload rotation images" on storage.objects
with check (bucket_id = 'rotation-images' and (storage.foldername(name))[1] = (select auth.uid())::text);

delete from private.alembic_version where version_num = '0024';
insert into private.alembic_version (version_num) values ('0025');
