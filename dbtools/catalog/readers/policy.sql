select 'policy' as kind, x.schema, x.parent, x.name, x.identity,
  jsonb_build_object(
    'command', case p.polcmd
      when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all'
    end,
    'permissive', p.polpermissive,
    'roles', array(
      select case r when 0 then 'public' else format('%I', pg_get_userbyid(r)) end from unnest(p.polroles) as r order by 1
    ),
    'using', pg_get_expr(p.polqual, p.polrelid),
    'with check', pg_get_expr(p.polwithcheck, p.polrelid)
  ) as properties
from table_policy as x
  inner join pg_policy as p on x.oid = p.oid
