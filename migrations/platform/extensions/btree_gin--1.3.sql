-- As in pg_trgm: what an index would call raises an error, and an empty table calls nothing.
create function btree_gin_standin_gin(internal) returns internal language internal immutable as 'internal_in';
do $classes$
declare
  v text[];
begin
  foreach v slice 1 in array array[
    ['int2', 'int2'], ['int4', 'int4'], ['int8', 'int8'], ['float4', 'float4'], ['float8', 'float8'],
    ['numeric', 'numeric'], ['timestamp', 'timestamp'], ['timestamptz', 'timestamptz'], ['date', 'date'],
    ['text', 'text'], ['uuid', 'uuid'], ['bool', 'bool'], ['enum', 'anyenum']
  ] loop
    execute format(
      'create operator class %1$s_ops default for type %2$s using gin as'
      ' operator 1 pg_catalog.< (%2$s, %2$s), operator 2 pg_catalog.<= (%2$s, %2$s), operator 3 pg_catalog.= (%2$s, %2$s),'
      ' operator 4 pg_catalog.>= (%2$s, %2$s), operator 5 pg_catalog.> (%2$s, %2$s),'
      ' function 2 btree_gin_standin_gin(internal), function 3 btree_gin_standin_gin(internal),'
      ' function 4 btree_gin_standin_gin(internal)',
      v[1], v[2]
    );
  end loop;
end
$classes$;
