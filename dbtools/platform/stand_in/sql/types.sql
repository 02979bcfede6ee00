-- Base types, and the built-in type that a cast without a function ties one to.
select
  t.oid::bigint, t.oid::regtype::text as name, t.typinput::regproc::text as input, t.typoutput::regproc::text as output,
  nullif(t.typreceive, 0)::regproc::text as receive, nullif(t.typsend, 0)::regproc::text as send,
  nullif(t.typmodin, 0)::regproc::text as typmod_in, nullif(t.typmodout, 0)::regproc::text as typmod_out,
  nullif(t.typanalyze, 0)::regproc::text as analyze, nullif(t.typsubscript, 0)::regproc::text as subscript,
  t.typlen as length, t.typbyval as by_value, t.typalign as alignment, t.typstorage as storage,
  t.typcategory as category, t.typispreferred as preferred, t.typdelim as delimiter, t.typcollation <> 0 as collatable,
  nullif(t.typelem, 0)::regtype::text as element, t.typdefault as fallback,
  like_type.name as "like", like_type.input as like_input, like_type.output as like_output,
  like_type.receive as like_receive, like_type.send as like_send,
  array(
    select distinct substring(format_type(a.atttypid, a.atttypmod) from '\([^()]*\)') as form
    from pg_attribute as a
    where a.atttypid in (t.oid, t.typarray) and a.atttypmod >= 0 and t.typmodout <> 0
    order by form
  ) as typmods
from member
join pg_type as t on t.oid = member.objid
left join lateral (
  select
    b.oid::regtype::text as name, b.typinput::regproc::text as input, b.typoutput::regproc::text as output,
    b.typreceive::regproc::text as receive, b.typsend::regproc::text as send
  from pg_cast as k
  join pg_type as b on b.oid = case k.castsource when t.oid then k.casttarget else k.castsource end
  where k.castmethod = 'b' and t.oid in (k.castsource, k.casttarget) and b.oid < 16384 and b.typtype = 'b'
    and b.typname not in ('text', 'varchar', 'bpchar')
  order by b.oid
  limit 1
) as like_type on true
where member.classid = 'pg_type'::regclass and t.typtype = 'b'
