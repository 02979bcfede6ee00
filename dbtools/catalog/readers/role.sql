-- Of a membership's options, those that are not as they are born.
with membership as (
  select m.roleid, m.member,
    concat_ws(
      ', ',
      case when m.admin_option then 'admin option' end,
      -- Since Postgres 16, where whether one inherits is the membership's to say.
      case (to_jsonb(m) ->> 'inherit_option')::boolean
        when w.rolinherit then null when true then 'inherit true' when false then 'inherit false'
      end,
      case (to_jsonb(m) ->> 'set_option')::boolean when false then 'set false' end
    ) as options,
    case when not g.platform and not g.projects_owner then format(' granted by %I', g.name) else '' end as grantor
  from pg_auth_members as m
    inner join pg_roles as w on m.member = w.oid
    left join role as g on m.grantor = g.oid
)
select 'role' as kind, '' as schema, '' as parent, r.rolname as name, format('role %I', r.rolname) as identity,
  jsonb_build_object(
    'attributes', array_remove(array[
      case when r.rolcanlogin then 'login' end,
      case when not r.rolinherit then 'noinherit' end,
      case when r.rolcreatedb then 'createdb' end,
      case when r.rolcreaterole then 'createrole' end,
      case when r.rolbypassrls then 'bypassrls' end,
      case when r.rolreplication then 'replication' end,
      case when r.rolsuper then 'superuser' end
    ], null),
    'connection limit', nullif(r.rolconnlimit, -1),
    'valid until', r.rolvaliduntil::text,
    'member of', array(
      select distinct format('%I', pg_get_userbyid(m.roleid)) || coalesce(' with ' || nullif(m.options, ''), '') || m.grantor
      from membership as m where m.member = r.oid order by 1
    ),
    -- Of the project's own roles, each says itself what it is a member of. The project's owner is one of whatever it creates.
    'members', array(
      select distinct format('%I', o.name) || coalesce(' with ' || nullif(m.options, ''), '') || m.grantor
      from membership as m
        inner join role as o on m.member = o.oid
      where m.roleid = r.oid and o.platform
      order by 1
    ),
    -- One of a name with a dot is an application's own and may be a secret: it is read by its name alone.
    'settings', array(
      select s.setting from unnest(r.rolconfig) as s (setting)
      where split_part(s.setting, '=', 1) not like '%.%' order by 1
    )
  ) as properties
from pg_roles as r
  inner join role as o on r.oid = o.oid
where not o.platform and not o.projects_owner and r.oid in (select f.oid from of_database as f)
union all
select 'setting', '', '', s.name, format('setting %s of role %I', s.name, r.rolname), '{}'
from pg_roles as r
  inner join role as o on r.oid = o.oid,
  unnest(r.rolconfig) as c (setting),
  split_part(c.setting, '=', 1) as s (name)
where not o.platform and not o.projects_owner and r.oid in (select f.oid from of_database as f) and s.name like '%.%'
