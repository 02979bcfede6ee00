select i.indexrelid, i.indrelid, n.nspname, c.relname, c.relfilenode, i.indisunique, i.indisprimary,
  i.indisvalid, i.indkey::int2[], i.indexprs is not null, pg_get_expr(i.indpred, i.indrelid),
  concat_ws(' ', c.relam, i.indkey, i.indclass, i.indcollation, i.indoption, i.indexprs, i.indpred,
    i.indisunique)
from pg_index as i
  inner join pg_class as c on i.indexrelid = c.oid
  inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
