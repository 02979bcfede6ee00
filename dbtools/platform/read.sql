-- Everything that can belong to a platform, one query for each kind of fact; a row's columns are the fact's keys.
-- `read.py` joins the queries into one statement. Names come out qualified, because the search path is pg_catalog.
-- Roles and schemas are raw names, everything else is written as Postgres quotes it.

-- == shared
member as (
  select d.classid, d.objid, e.extname
  from pg_depend as d
    inner join pg_extension as e on d.refobjid = e.oid
  where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
),
space as (
  select n.*
  from pg_namespace as n
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (%(schemas)s::text[] is null or n.nspname = any (%(schemas)s::text[]))
),
-- The partitions of a day or a month come and go by themselves; the table that they are partitions of is what stays.
rel as (
  select c.*, c.oid::regclass::text as name
  from pg_class as c
    inner join space as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (select from member as m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
    and not (c.relispartition and pg_get_expr(c.relpartbound, c.oid) ~ '\d{4}-\d\d-\d\d')
),
home as (
  select oid from pg_database where datname = current_database()
),
{granted}

-- == database
select pg_get_userbyid(d.datdba) as owner, d.datacl::text as acl, pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collate, d.datctype as ctype
from pg_database as d
  inner join home on d.oid = home.oid

-- == role
select r.rolname as name, row_number() over (order by r.oid) as n, r.rolsuper as super, r.rolinherit as inherit,
  r.rolcreaterole as createrole, r.rolcreatedb as createdb, r.rolcanlogin as login, r.rolreplication as replication,
  r.rolbypassrls as bypassrls, nullif(r.rolconnlimit, -1) as connlimit, shobj_description(r.oid, 'pg_authid') as comment
from pg_roles as r
where r.rolname !~ '^pg_'

-- == membership
-- The three that initdb makes are no fact. What an option is without being said follows from the member.
select g.rolname as role, m.rolname as member, pg_get_userbyid(a.grantor) as grantor, a.admin_option as admin,
  case when (to_jsonb(a) ->> 'inherit_option')::boolean <> m.rolinherit then not m.rolinherit end as inherit,
  nullif((to_jsonb(a) ->> 'set_option')::boolean, true) as "set"
from pg_auth_members as a
  inner join pg_roles as g on a.roleid = g.oid
  inner join pg_roles as m on a.member = m.oid
where not (m.rolname = 'pg_monitor' and a.grantor = 10)

-- == setting
select r.rolname as role, s.setdatabase <> 0 as in_database, to_jsonb(s.setconfig) as config
from pg_db_role_setting as s
  left join pg_roles as r on s.setrole = r.oid
where s.setdatabase = 0 or s.setdatabase in (select oid from home)

-- == server_setting
select name, setting as value from pg_settings where name ~ '^supautils[.]' and name !~ 'path'

-- == schema
select n.nspname as name, pg_get_userbyid(n.nspowner) as owner, n.nspacl::text as acl,
  obj_description(n.oid, 'pg_namespace') as comment
from space as n
where not exists (select from member as m where m.classid = 'pg_namespace'::regclass and m.objid = n.oid)

-- == extension
select e.extname as name, pg_get_userbyid(e.extowner) as owner, n.nspname as schema, e.extversion as version
from pg_extension as e
  inner join pg_namespace as n on e.extnamespace = n.oid

-- == type
select t.oid::regtype::text as name, pg_get_userbyid(t.typowner) as owner, t.typtype, t.typacl::text as acl,
  obj_description(t.oid, 'pg_type') as comment,
  (select jsonb_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid) as labels,
  (
    select jsonb_agg(
      case when a.attisdropped then a.attname else quote_ident(a.attname) end || ' '
      || case when a.attisdropped then '-' else format_type(a.atttypid, a.atttypmod) end order by a.attnum
    )
    from pg_attribute as a
    where a.attrelid = t.typrelid and a.attnum > 0 and t.typtype = 'c'
  ) as attributes,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
  case when t.typtype = 'd' then t.typdefault end as default,
  nullif(t.typnotnull, false) as notnull,
  (
    select jsonb_agg(jsonb_build_array(k.conname, pg_get_constraintdef(k.oid)) order by k.conname)
    from pg_constraint as k
    where k.contypid = t.oid and k.contype = 'c'
  ) as checks,
  r.rngsubtype::regtype::text as subtype, r.rngmultitypid::regtype::text as multirange,
  nullif(r.rngsubdiff, 0)::regprocedure::text as subtype_diff
from pg_type as t
  inner join space as n on t.typnamespace = n.oid
  left join pg_range as r on t.oid = r.rngtypid
where (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and (select c.relkind from pg_class as c where c.oid = t.typrelid) = 'c')
  and not exists (select from member as m where m.classid = 'pg_type'::regclass and m.objid = t.oid)

-- == sequence
select c.name, format_type(s.seqtypid, null) as type, s.seqstart as start, s.seqincrement as increment, s.seqmin as min,
  s.seqmax as max, s.seqcache as cache, s.seqcycle as cycle,
  (
    select d.refobjid::regclass || '.' || quote_ident(a.attname)
    from pg_depend as d
      inner join pg_attribute as a on d.refobjid = a.attrelid and d.refobjsubid = a.attnum
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
  ) as owned_by
from pg_sequence as s
  inner join rel as c on s.seqrelid = c.oid

-- == relation
select c.name, c.relkind, pg_get_userbyid(c.relowner) as owner, c.relacl::text as acl, c.relrowsecurity as rls,
  nullif(c.relforcerowsecurity, false) as force_rls, nullif(c.relpersistence, 'p') as persistence,
  to_jsonb(c.reloptions) as options,
  case when c.relkind in ('r', 'p', 'm') then nullif(c.relreplident, 'd') end as replica_identity,
  (select quote_ident(i.relname) from pg_index as x inner join pg_class as i on x.indexrelid = i.oid
   where x.indrelid = c.oid and x.indisreplident) as replica_index,
  (select quote_ident(i.relname) from pg_index as x inner join pg_class as i on x.indexrelid = i.oid
   where x.indrelid = c.oid and x.indisclustered) as cluster_on,
  (
    select jsonb_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits as i
    where i.inhrelid = c.oid and not c.relispartition
  ) as inherits,
  (select i.inhparent::regclass::text from pg_inherits as i where i.inhrelid = c.oid and c.relispartition) as partition_of,
  pg_get_partkeydef(c.oid) as partition_by, pg_get_expr(c.relpartbound, c.oid) as bound,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
  obj_description(c.oid, 'pg_class') as comment
from rel as c
where c.relkind <> 'f'

-- == column
select c.name as table, a.attnum as n, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as notnull,
  pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity as identity, a.attgenerated as generated, a.attacl::text as acl,
  case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
  case when a.attstorage <> t.typstorage then a.attstorage end as storage, nullif(a.attcompression, '') as compression,
  nullif(a.attstattarget, -1) as statistics,
  -- Newer minor releases mark every column with a number of their own.
  (select jsonb_agg(o) from unnest(a.attoptions) as o where o !~ '^pg_attver=') as options,
  col_description(c.oid, a.attnum) as comment
from rel as c
  inner join pg_attribute as a on c.oid = a.attrelid
  inner join pg_type as t on a.atttypid = t.oid
  left join pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
where c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped

-- == constraint
-- NOT NULL is a column's, and what a partition has from its parent is the parent's.
select c.name as table, k.conname as name, pg_get_constraintdef(k.oid) as def,
  obj_description(k.oid, 'pg_constraint') as comment
from pg_constraint as k
  inner join rel as c on k.conrelid = c.oid
where k.contype in ('p', 'u', 'x', 'c', 'f') and k.conislocal and k.conparentid = 0

-- == index
-- The index of a constraint is the constraint's.
select x.indexrelid::regclass::text as name, c.name as table, pg_get_indexdef(x.indexrelid) as def,
  nullif(x.indisvalid, true) as valid, obj_description(x.indexrelid, 'pg_class') as comment
from pg_index as x
  inner join rel as c on x.indrelid = c.oid
where not exists (select from pg_constraint as k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
  and not exists (select from pg_inherits as i where i.inhrelid = x.indexrelid)

-- == function
select p.oid::regprocedure::text as name, pg_get_function_arguments(p.oid) as args, pg_get_function_result(p.oid) as result,
  pg_get_userbyid(p.proowner) as owner, p.proacl::text as acl, to_jsonb(p.proconfig) as config, p.prosecdef as secdef,
  p.provolatile as volatility, l.lanname as language, nullif(p.prokind, 'f') as fkind, nullif(p.proisstrict, false) as strict,
  nullif(p.proleakproof, false) as leakproof, nullif(p.proparallel, 'u') as parallel,
  nullif(p.procost, case when l.lanname in ('c', 'internal') then 1 else 100 end) as cost,
  nullif(nullif(p.prorows, 1000), 0) as rows,
  case when p.prosqlbody is null and l.lanname not in ('c', 'internal') then p.prosrc end as body,
  pg_get_function_sqlbody(p.oid) as sql_body,
  obj_description(p.oid, 'pg_proc') as comment
from pg_proc as p
  inner join space as n on p.pronamespace = n.oid
  inner join pg_language as l on p.prolang = l.oid
where p.prokind in ('f', 'p')
  and not exists (select from member as m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
  -- A range's constructors are its own.
  and not exists (
    select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i'
  )

-- == trigger
select c.name as table, t.tgname as name, pg_get_triggerdef(t.oid) as def, t.tgenabled as enabled,
  obj_description(t.oid, 'pg_trigger') as comment
from pg_trigger as t
  inner join rel as c on t.tgrelid = c.oid
where not t.tgisinternal and t.tgparentid = 0

-- == policy
select c.name as table, p.polname as name, p.polcmd as cmd, p.polpermissive as permissive,
  (
    select jsonb_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end order by r <> 0, pg_get_userbyid(r))
    from unnest(p.polroles) as r
  ) as roles,
  pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as with_check,
  obj_description(p.oid, 'pg_policy') as comment
from pg_policy as p
  inner join rel as c on p.polrelid = c.oid

-- == rule
select c.name as table, r.rulename as name, pg_get_ruledef(r.oid) as def, r.ev_enabled as enabled
from pg_rewrite as r
  inner join rel as c on r.ev_class = c.oid
where r.rulename <> '_RETURN'

-- == publication
select p.pubname as name, pg_get_userbyid(p.pubowner) as owner, p.puballtables as all_tables,
  concat_ws(
    ', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end
  ) as publish,
  nullif(p.pubviaroot, false) as via_root,
  coalesce(
    (select jsonb_agg(t.prrelid::regclass::text order by t.prrelid::regclass::text) from pg_publication_rel as t where t.prpubid = p.oid), '[]'
  ) as tables,
  -- since 15
  (
    select jsonb_agg(n.nspname order by n.nspname) from pg_publication_namespace as t
      inner join pg_namespace as n on t.pnnspid = n.oid
    where t.pnpubid = p.oid
  ) as schemas,
  (
    select jsonb_object_agg(t.prrelid::regclass::text, pg_get_expr(t.prqual, t.prrelid)) from pg_publication_rel as t
    where t.prpubid = p.oid and t.prqual is not null
  ) as filters,
  (
    select jsonb_object_agg(t.prrelid::regclass::text, (
      select jsonb_agg(quote_ident(a.attname) order by a.attnum) from pg_attribute as a
      where a.attrelid = t.prrelid and a.attnum = any (t.prattrs)
    )) from pg_publication_rel as t
    where t.prpubid = p.oid and t.prattrs is not null
  ) as columns,
  -- until here
  obj_description(p.oid, 'pg_publication') as comment
from pg_publication as p

-- == event_trigger
select e.evtname as name, e.evtevent as event, pg_get_userbyid(e.evtowner) as owner,
  e.evtfoid::regprocedure::text as function, to_jsonb(e.evttags) as tags, nullif(e.evtenabled, 'O') as enabled,
  obj_description(e.oid, 'pg_event_trigger') as comment
from pg_event_trigger as e
where not exists (select from member as m where m.classid = 'pg_event_trigger'::regclass and m.objid = e.oid)

-- == default_acl
select pg_get_userbyid(d.defaclrole) as role, n.nspname as schema, d.defaclobjtype as objtype, d.defaclacl::text as acl
from pg_default_acl as d
  left join pg_namespace as n on d.defaclnamespace = n.oid

-- == builtin_acl
select o.identity as on, o.acl::text as acl
from granted as o
  left join pg_init_privs as i on i.classoid = o.classid and i.objoid = o.objid and i.objsubid = o.objsubid
where o.objid < 16384 and o.identity <> 'schema public'
  and o.acl is distinct from i.initprivs
  -- Of information_schema it is not noted what initdb granted: everybody may look.
  and (i.initprivs is not null or exists (
    select from aclexplode(o.acl) as g
    where g.grantee not in (0, 10) or g.grantee = 0 and g.privilege_type not in ('SELECT', 'USAGE')
  ))
  and not exists (select from member as m where m.classid = o.classid and m.objid = o.objid)

-- == member_acl
select m.extname as extension, o.identity as on, o.acl::text as acl
from granted as o
  inner join member as m on o.classid = m.classid and o.objid = m.objid
  left join pg_init_privs as i on i.classoid = o.classid and i.objoid = o.objid and i.objsubid = o.objsubid
where o.objid >= 16384 or o.acl is distinct from i.initprivs

-- == initial_acl
select pg_describe_object(i.classoid, i.objoid, i.objsubid) as on, i.initprivs::text as acl
from pg_init_privs as i
where i.privtype = 'e'

-- == not_read
select pg_describe_object(k.classid, k.objid, 0) as what, pg_get_userbyid(k.owner) as owner
from (
  select 'pg_operator'::regclass as classid, oid as objid, oprnamespace as space, oprowner as owner from pg_operator
  union all select 'pg_opclass'::regclass, oid, opcnamespace, opcowner from pg_opclass
  union all select 'pg_opfamily'::regclass, oid, opfnamespace, opfowner from pg_opfamily
  union all select 'pg_collation'::regclass, oid, collnamespace, collowner from pg_collation
  union all select 'pg_conversion'::regclass, oid, connamespace, conowner from pg_conversion
  union all select 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner from pg_ts_config
  union all select 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner from pg_ts_dict
  union all select 'pg_ts_parser'::regclass, oid, prsnamespace, null from pg_ts_parser
  union all select 'pg_ts_template'::regclass, oid, tmplnamespace, null from pg_ts_template
  union all select 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner from pg_statistic_ext
  union all select 'pg_proc'::regclass, oid, pronamespace, proowner from pg_proc where prokind in ('a', 'w')
  union all select 'pg_class'::regclass, oid, relnamespace, relowner from pg_class where relkind = 'f'
  union all select 'pg_type'::regclass, oid, typnamespace, typowner from pg_type where typtype = 'b' and typelem = 0
  union all select 'pg_cast'::regclass, oid, null, null from pg_cast
  union all select 'pg_language'::regclass, oid, null, lanowner from pg_language
  union all select 'pg_foreign_data_wrapper'::regclass, oid, null, fdwowner from pg_foreign_data_wrapper
  union all select 'pg_foreign_server'::regclass, oid, null, srvowner from pg_foreign_server
  union all select 'pg_transform'::regclass, oid, null, null from pg_transform
  union all select 'pg_am'::regclass, oid, null, null from pg_am
) as k
where k.objid >= 16384 and (k.space is null or k.space in (select n.oid from space as n))
  and not exists (select from member as m where m.classid = k.classid and m.objid = k.objid)
  and not exists (select from pg_depend as d where d.classid = k.classid and d.objid = k.objid and d.deptype = 'i')
