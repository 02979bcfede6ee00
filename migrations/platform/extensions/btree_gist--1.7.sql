-- As in pg_trgm: what an index would call raises an error, and an empty table calls nothing.
create function btree_gist_standin_gist(internal) returns internal language internal immutable as 'internal_in';
create function btree_gist_standin_strategy(integer) returns smallint language sql immutable strict parallel safe
as 'select $1::smallint';
do $classes$
declare
  v text[];
begin
  foreach v slice 1 in array array[
    ['int2', 'int2'], ['int4', 'int4'], ['int8', 'int8'], ['float4', 'float4'], ['float8', 'float8'],
    ['numeric', 'numeric'], ['timestamp', 'timestamp'], ['timestamptz', 'timestamptz'], ['time', 'time'],
    ['date', 'date'], ['interval', 'interval'], ['text', 'text'], ['bpchar', 'bpchar'], ['bytea', 'bytea'], ['uuid', 'uuid'],
    ['bool', 'bool'], ['oid', 'oid'], ['cash', 'money'], ['macaddr', 'macaddr'], ['bit', 'bit'], ['vbit', 'varbit'],
    ['enum', 'anyenum']
  ] loop
    execute format(
      'create operator class gist_%1$s_ops default for type %2$s using gist as'
      ' operator 1 pg_catalog.< (%2$s, %2$s), operator 2 pg_catalog.<= (%2$s, %2$s), operator 3 pg_catalog.= (%2$s, %2$s),'
      ' operator 4 pg_catalog.>= (%2$s, %2$s), operator 5 pg_catalog.> (%2$s, %2$s),'
      ' operator 6 pg_catalog.<> (%2$s, %2$s), function 1 btree_gist_standin_gist(internal),'
      ' function 2 btree_gist_standin_gist(internal),'
      ' function 5 btree_gist_standin_gist(internal), function 6 btree_gist_standin_gist(internal),'
      ' function 7 btree_gist_standin_gist(internal)',
      v[1], v[2]
    );
    -- For "without overlaps": the strategies here bear the numbers that Postgres has for <, <=, =, >=, >.
    if current_setting('server_version_num')::integer >= 180000 then
      execute format(
        'alter operator family gist_%s_ops using gist add function 12 ("any", "any") btree_gist_standin_strategy(integer)',
        v[1]
      );
    end if;
  end loop;
end
$classes$;
