-- Of the platform's, only what the project put into them counts.
select 'publication' as kind, '' as schema, '' as parent, p.pubname as name,
  format('publication %I', p.pubname) as identity,
  jsonb_build_object(
    'owner', pg_get_userbyid(p.pubowner),
    'all tables', p.puballtables,
    'publishes', array_remove(array[
      case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
      case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end
    ], null),
    'via root', p.pubviaroot,
    'generated columns', nullif(to_jsonb(p) ->> 'pubgencols', 'n')
  ) as properties
from pg_publication as p
where p.pubname <> all($3::text[])
