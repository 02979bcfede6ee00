-- Revision 0017, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0016' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0017', '0016', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- A chunk's config is its job's, and the job has the foreign key: docs/decisions/0006. Without it nobody looks for
-- chunks by their config in a hurry.
alter table public.jobs_chunks drop constraint jobs_chunks_config_hash_fkey;
drop index public.idx_jobs_chunks_config_hash;
-- Covered by the unique keys nodes(public_key) and rotations(user_id, slug).
drop index public.idx_nodes_public_key;
drop index public.idx_rotations_user_id;

-- Progress and heartbeats update these rows again and again and change no indexed column: with room on the page the
-- new version stays there, and no index learns of it.
alter table public.jobs set (fillfactor = 70);
alter table public.nodes set (fillfactor = 70);

delete from private.alembic_version where version_num = '0016';
insert into private.alembic_version (version_num) values ('0017');
