-- What hangs on the extension's tables and is no member itself, in the order in which it can be made: statements.
-- A project may have put an index or a trigger on such a table: what is younger than every member is not taken.
, own as (
  select c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.oid::regclass as name
  from member join pg_class as c on c.oid = objid where classid = 'pg_class'::regclass
), youngest as (
  select max(objid) as oid from member
)
select statement
from (
  select 1 as step, f.oid, format(
    'alter table %s alter column %I set default %s', own.name, a.attname, pg_get_expr(f.adbin, f.adrelid)
  ) as statement
  from own
  join pg_attrdef as f on f.adrelid = own.oid
  join pg_attribute as a on a.attrelid = f.adrelid and a.attnum = f.adnum
  where a.attgenerated = '' and a.attislocal
  union all
  select case k.contype when 'f' then 4 when 'c' then 3 else 2 end, k.oid, format(
    'alter table %s add constraint %I %s', own.name, k.conname, pg_get_constraintdef(k.oid)
  )
  from own join pg_constraint as k on k.conrelid = own.oid cross join youngest as y
  where k.contype in ('p', 'u', 'x', 'c', 'f') and k.conislocal and k.oid <= y.oid
  union all
  select 5, i.indexrelid, pg_get_indexdef(i.indexrelid)
  from own join pg_index as i on i.indrelid = own.oid cross join youngest as y
  where i.indexrelid <= y.oid
    and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.conrelid = own.oid)
  union all
  select 6, own.oid, format('alter table %s cluster on %I', own.name, c.relname)
  from own join pg_index as i on i.indrelid = own.oid join pg_class as c on c.oid = i.indexrelid where i.indisclustered
  union all
  select 6, own.oid, format('alter table %s replica identity %s', own.name, case own.relreplident when 'n' then 'nothing' else 'full' end)
  from own where own.relreplident in ('n', 'f') and own.relkind in ('r', 'p')
  union all
  select 7, w.oid, pg_get_ruledef(w.oid)
  from own join pg_rewrite as w on w.ev_class = own.oid cross join youngest as y
  where w.rulename <> '_RETURN' and w.oid <= y.oid
  union all
  select 7, t.oid, pg_get_triggerdef(t.oid) || case t.tgenabled
    when 'D' then format(e';\nalter table %s disable trigger %I', own.name, t.tgname)
    when 'A' then format(e';\nalter table %s enable always trigger %I', own.name, t.tgname)
    when 'R' then format(e';\nalter table %s enable replica trigger %I', own.name, t.tgname)
    else ''
  end
  from own join pg_trigger as t on t.tgrelid = own.oid cross join youngest as y
  where not t.tgisinternal and t.oid <= y.oid
  union all
  select 8, own.oid, format('alter table %s enable row level security', own.name) from own where own.relrowsecurity
  union all
  select 8, own.oid, format('alter table %s force row level security', own.name) from own where own.relforcerowsecurity
  union all
  select 9, p.oid, format('create policy %I on %s as %s for %s to %s', p.polname, own.name,
    case when p.polpermissive then 'permissive' else 'restrictive' end,
    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (select string_agg(case r.oid when 0 then 'public' else quote_ident(pg_get_userbyid(r.oid)) end, ', ') from unnest(p.polroles) as r (oid))
  ) || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
  from own join pg_policy as p on p.polrelid = own.oid cross join youngest as y
  where p.oid <= y.oid
  union all
  select 9, own.oid, format('alter sequence %s owned by %s.%I', own.name, d.refobjid::regclass, a.attname)
  from own
  join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = own.oid and d.refclassid = 'pg_class'::regclass
  join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where own.relkind = 'S' and d.deptype = 'a'
  union all
  select 10, e.oid, format('alter event trigger %I %s', e.evtname, case e.evtenabled when 'D' then 'disable' when 'A' then 'enable always' else 'enable replica' end)
  from member join pg_event_trigger as e on e.oid = objid
  where classid = 'pg_event_trigger'::regclass and e.evtenabled <> 'O'
  union all
  select 11, d.objoid, format('comment on %s %s is %L',
    case o.type when 'table column' then 'column' when 'view column' then 'column' when 'composite type column' then 'column'
      when 'composite type' then 'type' when 'foreign-data wrapper' then 'foreign data wrapper'
      when 'materialized view column' then 'column' when 'foreign table column' then 'column'
      when 'statistics object' then 'statistics' when 'table constraint' then 'constraint' else o.type end,
    o.identity, d.description)
  from member
  join pg_description as d on d.classoid = classid and d.objoid = objid
  cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as o
  union all
  select 12, t.n, format('select pg_catalog.pg_extension_config_dump(%L, %L)', t.oid::regclass, coalesce(e.extcondition[t.n], ''))
  from pg_extension as e cross join lateral unnest(e.extconfig) with ordinality as t (oid, n)
  where e.oid = current_setting('dbtools.extension')::oid and t.oid in (select objid from member)
) as s
order by step, oid, statement collate "C"
