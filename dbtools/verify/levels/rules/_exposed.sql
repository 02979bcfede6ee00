-- Behind the catalog's scope: what the world can reach, and the roles it comes as.
, api_role as (
  select r.oid, r.rolname as name from pg_roles as r where r.rolname = any($5::text[])
),
-- The schemas that PostgREST serves, as a hosted project sets them; else public.
exposed as (
  select n.oid, n.name
  from namespace as n
  where n.name in (
    select btrim(s.name, ' "')
    from unnest(string_to_array(
      coalesce(
        (
          select split_part(c.setting, '=', 2)
          from pg_db_role_setting as d cross join unnest(d.setconfig) as c (setting)
          where d.setrole = to_regrole('authenticator') and c.setting like 'pgrst.db_schemas=%'
            and d.setdatabase in (0, (select b.oid from pg_database as b where b.datname = current_database()))
          order by d.setdatabase desc limit 1
        ),
        'public'
      ),
      ','
    )) as s (name)
  )
)
