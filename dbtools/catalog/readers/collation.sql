-- Before 17, ICU's locale had a column of its own, and there was none for rules before 16.
select 'collation' as kind, n.name as schema, '' as parent, c.collname as name,
  format('collation %I.%I', n.name, c.collname) as identity,
  jsonb_build_object(
    'owner', r.name,
    'provider', case c.collprovider
      when 'b' then 'builtin' when 'c' then 'libc' when 'i' then 'icu' else 'default'
    end,
    'deterministic', c.collisdeterministic,
    'encoding', case when c.collencoding <> -1 then pg_encoding_to_char(c.collencoding) end,
    'collate', c.collcollate,
    'ctype', c.collctype,
    'locale', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'),
    'rules', to_jsonb(c) ->> 'collicurules'
  ) as properties
from pg_collation as c
  inner join namespace as n on c.collnamespace = n.oid
  inner join role as r on c.collowner = r.oid
where not (n.platform and r.platform) and (c.tableoid, c.oid) not in (select classid, objid from member)
