-- Empties a shadow: everything that the project put there goes, the platform stays. Never run anywhere else.
do $clear$
declare
  r record;
begin
  for r in select jobid from cron.job where username = current_user loop
    perform cron.unschedule(r.jobid);
  end loop;

  -- The project's triggers on platform tables go with their functions, further down; its policies go here.
  for r in
    select format('drop policy %I on %s', p.polname, p.polrelid::regclass) as statement
    from pg_policy as p
      inner join pg_class as c on p.polrelid = c.oid
    where pg_get_userbyid(c.relowner) <> current_user
      and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
  loop
    execute r.statement;
  end loop;

  for r in
    select format('drop schema %I cascade', nspname) as statement
    from pg_namespace
    where pg_get_userbyid(nspowner) = current_user
      and not exists (
        select from pg_class where relnamespace = pg_namespace.oid and relname = 'alembic_version'
      )
  loop
    execute r.statement;
  end loop;

  -- One at a time and looked up anew, because each takes its dependents along.
  loop
    select case
      when k.kind = 'relation' then format('drop %s %s cascade', k.what, k.oid::regclass)
      when k.kind = 'routine' then format('drop routine %s cascade', k.oid::regprocedure)
      else format('drop type %s cascade', k.oid::regtype)
    end as statement into r
    from (
      select 'relation' as kind, c.oid, c.relowner as owner, c.relnamespace as namespace,
        case c.relkind
          when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
          else 'table'
        end as what
      from pg_class as c
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname <> 'alembic_version'
      union all
      select 'routine', p.oid, p.proowner, p.pronamespace, null from pg_proc as p
      union all
      select 'type', t.oid, t.typowner, t.typnamespace, null
      from pg_type as t
      where t.typelem = 0 and (t.typrelid = 0 or (select relkind = 'c' from pg_class where oid = t.typrelid))
    ) as k
    where pg_get_userbyid(k.owner) = current_user
      and not exists (select from pg_depend as d where d.objid = k.oid and d.deptype in ('e', 'i'))
    limit 1;
    exit when not found;
    execute r.statement;
  end loop;
end
$clear$;
