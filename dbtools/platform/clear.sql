-- Empties a shadow: everything that the project put there goes, the platform stays. Never run anywhere else.
-- The platform's objects are those below the OID that the shadow noted when they had been laid.
do $clear$
declare
  v_birth oid := coalesce(
    (
      select substring(shobj_description(oid, 'pg_database') from '^dbtools platform below (\d+)$')
      from pg_database
      where datname = 'template1'
    ), '16384'
  );
  r record;
begin
  if to_regclass('cron.job') is not null then
    for r in select jobid from cron.job where username = current_user loop
      perform cron.unschedule(r.jobid);
    end loop;
  end if;

  -- The project's triggers and policies on platform tables: what they hang on stays.
  for r in
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass) as statement
    from pg_trigger as t
    where t.oid >= v_birth and t.tgrelid < v_birth and not t.tgisinternal
  loop
    execute r.statement;
  end loop;
  for r in
    select format('drop policy %I on %s', p.polname, p.polrelid::regclass) as statement
    from pg_policy as p
    where p.oid >= v_birth and p.polrelid < v_birth
  loop
    execute r.statement;
  end loop;

  -- One at a time and looked up anew, because each takes its dependents along. What is in a schema of the project's goes
  -- with the schema, and what an extension brought with the extension.
  loop
    select k.statement into r
    from (
      select 1 as n, 'pg_namespace'::regclass as class, n.oid, n.nspowner as owner,
        format('drop schema %I cascade', n.nspname) as statement
      from pg_namespace as n
      where not exists (select from pg_class as c where c.relnamespace = n.oid and c.relname = 'alembic_version')
      union all
      select 2, 'pg_extension'::regclass, e.oid, e.extowner, format('drop extension %I cascade', e.extname)
      from pg_extension as e
      union all
      select 3, 'pg_class'::regclass, c.oid, c.relowner, format('drop %s %s cascade', case c.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
        else 'table'
      end, c.oid::regclass)
      from pg_class as c
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname <> 'alembic_version'
      union all
      select 4, 'pg_proc'::regclass, p.oid, p.proowner, format('drop routine %s cascade', p.oid::regprocedure)
      from pg_proc as p
      union all
      select 5, 'pg_type'::regclass, t.oid, t.typowner, format('drop type %s cascade', t.oid::regtype)
      from pg_type as t
      where t.typelem = 0 and (t.typrelid = 0 or (select c.relkind = 'c' from pg_class as c where c.oid = t.typrelid))
    ) as k
    where k.oid >= v_birth and k.owner = current_user::regrole
      and not exists (
        select from pg_depend as d where d.classid = k.class and d.objid = k.oid and d.deptype in ('e', 'i')
      )
    order by k.n
    limit 1;
    exit when not found;
    execute r.statement;
  end loop;
end
$clear$;
