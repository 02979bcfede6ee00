-- Members that one CREATE makes, whatever stands behind the functions: class, oid, statement.
select 'pg_namespace' as class, n.oid::bigint as oid, format('create schema %I', n.nspname) as statement
from member join pg_namespace as n on n.oid = objid where classid = 'pg_namespace'::regclass
union all
select 'pg_type', t.oid::bigint, format(
  'create type %s as enum (%s)', t.oid::regtype,
  (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid)
)
from member join pg_type as t on t.oid = objid where classid = 'pg_type'::regclass and t.typtype = 'e'
union all
select 'pg_type', t.oid::bigint, format(
  'create domain %s as %s', t.oid::regtype,
  concat_ws(
    ' ', format_type(t.typbasetype, t.typtypmod),
    (
      select format('collate %s', t.typcollation::regcollation) from pg_type as b
      where b.oid = t.typbasetype and b.typcollation <> t.typcollation
    ),
    'default ' || pg_get_expr(t.typdefaultbin, 0),
    case when t.typnotnull then 'not null' end,
    (
      select string_agg(format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), ' ' order by k.conname)
      from pg_constraint as k where k.contypid = t.oid and k.contype = 'c'
    )
  )
)
from member join pg_type as t on t.oid = objid where classid = 'pg_type'::regclass and t.typtype = 'd'
union all
select 'pg_type', t.oid::bigint, format(
  'create type %s as (%s)', t.oid::regtype,
  (
    select string_agg(
      format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
      || case when a.attcollation <> b.typcollation then format(' collate %s', a.attcollation::regcollation) else '' end,
      ', ' order by a.attnum
    )
    from pg_attribute as a join pg_type as b on b.oid = a.atttypid
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  )
)
from member join pg_type as t on t.oid = objid where classid = 'pg_type'::regclass and t.typtype = 'c'
union all
select 'pg_type', t.oid::bigint, format(
  'create type %s as range (%s)', t.oid::regtype,
  concat_ws(
    ', ', 'subtype = ' || r.rngsubtype::regtype,
    (
      select format('subtype_opclass = %I.%I', n.nspname, c.opcname)
      from pg_opclass as c join pg_namespace as n on n.oid = c.opcnamespace where c.oid = r.rngsubopc
    ),
    'collation = ' || nullif(r.rngcollation, 0)::regcollation, 'canonical = ' || nullif(r.rngcanonical, 0)::regproc,
    'subtype_diff = ' || nullif(r.rngsubdiff, 0)::regproc, 'multirange_type_name = ' || r.rngmultitypid::regtype
  )
)
from member
join pg_type as t on t.oid = objid
join pg_range as r on r.rngtypid = t.oid
where classid = 'pg_type'::regclass
union all
select 'pg_cast', k.oid::bigint, format(
  'create cast (%s as %s) %s%s', k.castsource::regtype, k.casttarget::regtype,
  case k.castmethod
    when 'f' then 'with function ' || k.castfunc::regprocedure when 'i' then 'with inout' else 'without function'
  end,
  case k.castcontext when 'i' then ' as implicit' when 'a' then ' as assignment' else '' end
)
from member join pg_cast as k on k.oid = objid where classid = 'pg_cast'::regclass
union all
select 'pg_proc', p.oid::bigint, format(
  'create aggregate %I.%I(%s) (%s)', n.nspname, p.proname,
  coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*'),
  concat_ws(
    ', ', 'sfunc = ' || a.aggtransfn, 'stype = ' || a.aggtranstype::regtype, 'sspace = ' || nullif(a.aggtransspace, 0),
    'finalfunc = ' || nullif(a.aggfinalfn, 0::oid)::regproc, case when a.aggfinalextra then 'finalfunc_extra' end,
    case a.aggfinalmodify when 'r' then null when 's' then 'finalfunc_modify = shareable' else 'finalfunc_modify = read_write' end,
    'combinefunc = ' || nullif(a.aggcombinefn, 0::oid)::regproc, 'serialfunc = ' || nullif(a.aggserialfn, 0::oid)::regproc,
    'deserialfunc = ' || nullif(a.aggdeserialfn, 0::oid)::regproc, 'initcond = ' || quote_literal(a.agginitval),
    'msfunc = ' || nullif(a.aggmtransfn, 0::oid)::regproc, 'minvfunc = ' || nullif(a.aggminvtransfn, 0::oid)::regproc,
    'mstype = ' || nullif(a.aggmtranstype, 0)::regtype, 'msspace = ' || nullif(a.aggmtransspace, 0),
    'mfinalfunc = ' || nullif(a.aggmfinalfn, 0::oid)::regproc, case when a.aggmfinalextra then 'mfinalfunc_extra' end,
    'minitcond = ' || quote_literal(a.aggminitval),
    (
      select format('sortop = operator(%I.%s)', s.nspname, o.oprname)
      from pg_operator as o join pg_namespace as s on s.oid = o.oprnamespace where o.oid = a.aggsortop
    ),
    case p.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end,
    case a.aggkind when 'h' then 'hypothetical' end
  )
)
from member
join pg_proc as p on p.oid = objid
join pg_aggregate as a on a.aggfnoid = p.oid
join pg_namespace as n on n.oid = p.pronamespace
where classid = 'pg_proc'::regclass
union all
select 'pg_operator', o.oid::bigint, format(
  'create operator %I.%s (%s)', n.nspname, o.oprname,
  concat_ws(
    ', ', 'function = ' || o.oprcode, 'leftarg = ' || nullif(o.oprleft, 0)::regtype, 'rightarg = ' || o.oprright::regtype,
    -- Where the other side names another partner, the newest minors refuse.
    (
      select format('commutator = operator(%I.%s)', s.nspname, c.oprname)
      from pg_operator as c join pg_namespace as s on s.oid = c.oprnamespace where c.oid = o.oprcom and c.oprcom = o.oid
    ),
    (
      select format('negator = operator(%I.%s)', s.nspname, c.oprname)
      from pg_operator as c join pg_namespace as s on s.oid = c.oprnamespace
      where c.oid = o.oprnegate and c.oprnegate = o.oid
    ),
    'restrict = ' || nullif(o.oprrest, 0::oid)::regproc, 'join = ' || nullif(o.oprjoin, 0::oid)::regproc,
    case when o.oprcanhash then 'hashes' end, case when o.oprcanmerge then 'merges' end
  )
)
from member
join pg_operator as o on o.oid = objid
join pg_namespace as n on n.oid = o.oprnamespace
where classid = 'pg_operator'::regclass
union all
select 'pg_opfamily', f.oid::bigint, format('create operator family %I.%I using %I', n.nspname, f.opfname, a.amname)
from member
join pg_opfamily as f on f.oid = objid
join pg_namespace as n on n.oid = f.opfnamespace
join pg_am as a on a.oid = f.opfmethod
where classid = 'pg_opfamily'::regclass
union all
select 'pg_am', a.oid::bigint, format(
  'create access method %I type %s handler %s', a.amname, case a.amtype when 'i' then 'index' else 'table' end, a.amhandler
)
from member join pg_am as a on a.oid = objid where classid = 'pg_am'::regclass
union all
select 'pg_language', l.oid::bigint, format('create %slanguage %I %s', case when l.lanpltrusted then 'trusted ' else '' end, l.lanname, concat_ws(
  ' ', 'handler ' || nullif(l.lanplcallfoid, 0)::regproc, 'inline ' || nullif(l.laninline, 0)::regproc,
  'validator ' || nullif(l.lanvalidator, 0)::regproc
))
from member join pg_language as l on l.oid = objid where classid = 'pg_language'::regclass
union all
select 'pg_transform', t.oid::bigint, format('create transform for %s language %I (%s)', t.trftype::regtype, l.lanname, concat_ws(
  ', ', 'from sql with function ' || nullif(t.trffromsql, 0::oid)::regprocedure,
  'to sql with function ' || nullif(t.trftosql, 0::oid)::regprocedure
))
from member
join pg_transform as t on t.oid = objid
join pg_language as l on l.oid = t.trflang
where classid = 'pg_transform'::regclass
union all
select 'pg_foreign_data_wrapper', w.oid::bigint, format('create foreign data wrapper %I %s', w.fdwname, concat_ws(
  ' ', 'handler ' || nullif(w.fdwhandler, 0)::regproc, 'validator ' || nullif(w.fdwvalidator, 0)::regproc,
  'options (' || (
    select string_agg(format('%I %L', o.option_name, o.option_value), ', ') from pg_options_to_table(w.fdwoptions) as o
  ) || ')'
))
from member join pg_foreign_data_wrapper as w on w.oid = objid where classid = 'pg_foreign_data_wrapper'::regclass
union all
select 'pg_foreign_server', s.oid::bigint, format('create server %I%s%s foreign data wrapper %I%s', s.srvname,
  ' type ' || quote_literal(s.srvtype), ' version ' || quote_literal(s.srvversion), w.fdwname,
  ' options (' || (
    select string_agg(format('%I %L', o.option_name, o.option_value), ', ') from pg_options_to_table(s.srvoptions) as o
  ) || ')'
)
from member
join pg_foreign_server as s on s.oid = objid
join pg_foreign_data_wrapper as w on w.oid = s.srvfdw
where classid = 'pg_foreign_server'::regclass
union all
select 'pg_event_trigger', e.oid::bigint, format('create event trigger %I on %s%s execute function %s()', e.evtname, e.evtevent,
  (select format(' when tag in (%s)', string_agg(quote_literal(t.tag), ', ')) from unnest(e.evttags) as t (tag) having count(*) > 0), e.evtfoid::regproc)
from member join pg_event_trigger as e on e.oid = objid where classid = 'pg_event_trigger'::regclass
