select p.oid, p.polrelid, p.polname, p.polcmd, p.polpermissive,
  array(select case r when 0 then 'public' else pg_get_userbyid(r) end from unnest(p.polroles) as r)::text[],
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
from pg_policy as p
where true
