-- Functions, procedures, aggregates. The name's types are its identity; argument names and defaults are properties.
select r.kind, r.schema, '' as parent, r.name, r.identity,
  jsonb_build_object(
    'owner', r.owner_name,
    'arguments', pg_get_function_arguments(p.oid),
    'returns', pg_get_function_result(p.oid),
    'language', l.lanname,
    'body', coalesce(pg_get_function_sqlbody(p.oid), case when r.kind <> 'aggregate' then p.prosrc end),
    'library', p.probin,
    'security', case when p.prosecdef then 'definer' else 'invoker' end,
    'settings', p.proconfig,
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'strict', p.proisstrict,
    'leakproof', p.proleakproof,
    'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end,
    'window', p.prokind = 'w',
    'cost', p.procost,
    'rows', p.prorows,
    'support', nullif(p.prosupport, 0)::regproc::text,
    'transforms', (select jsonb_agg(t::regtype::text) from unnest(p.protrftypes) as t),
    'aggregate', (
      select jsonb_strip_nulls(jsonb_build_object(
        'kind', a.aggkind, 'direct arguments', a.aggnumdirectargs,
        'transition', a.aggtransfn::regproc::text, 'state', format_type(a.aggtranstype, null),
        'state space', a.aggtransspace, 'start', a.agginitval,
        'final', nullif(a.aggfinalfn, 0)::regproc::text, 'final extra', a.aggfinalextra, 'final modify', a.aggfinalmodify,
        'combine', nullif(a.aggcombinefn, 0)::regproc::text,
        'serialize', nullif(a.aggserialfn, 0)::regproc::text, 'deserialize', nullif(a.aggdeserialfn, 0)::regproc::text,
        'moving transition', nullif(a.aggmtransfn, 0)::regproc::text,
        'moving inverse', nullif(a.aggminvtransfn, 0)::regproc::text,
        'moving final', nullif(a.aggmfinalfn, 0)::regproc::text, 'moving final extra', a.aggmfinalextra,
        'moving final modify', a.aggmfinalmodify, 'moving state space', a.aggmtransspace,
        'moving state', format_type(nullif(a.aggmtranstype, 0), null), 'moving start', a.aggminitval,
        'sort operator', nullif(a.aggsortop, 0)::regoperator::text
      ))::text
      from pg_aggregate as a where a.aggfnoid = p.oid
    ),
    'depends on extension', (
      select jsonb_agg(x.extname order by x.extname) from pg_depend as d
        inner join pg_extension as x on d.refobjid = x.oid
      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.refclassid = 'pg_extension'::regclass
        and d.deptype = 'x'
    )
  ) as properties
from routine as r
  inner join pg_proc as p on r.oid = p.oid
  inner join pg_language as l on p.prolang = l.oid
where not r.platform
