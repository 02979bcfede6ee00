-- A view is itself a rule, named _RETURN: it is read as the view.
select 'rule' as kind, r.schema, r.identity as parent, w.rulename as name,
  format('rule %I on %I.%I', w.rulename, r.schema, r.name) as identity,
  jsonb_build_object(
    'definition', pg_get_ruledef(w.oid),
    'enabled', case w.ev_enabled
      when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always'
    end
  ) as properties
from relation as r
  inner join pg_rewrite as w on r.oid = w.ev_class
where not r.platform and w.rulename <> '_RETURN'
