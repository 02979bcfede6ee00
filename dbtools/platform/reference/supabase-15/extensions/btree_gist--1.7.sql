-- btree_gist 1.7, for any schema.
create type @extschema@.gbtreekey4;
create type @extschema@.gbtreekey8;
create type @extschema@.gbtreekey16;
create type @extschema@.gbtreekey32;
create type @extschema@.gbtreekey_var;
create type @extschema@.gbtreekey2;
CREATE FUNCTION @extschema@.gbtreekey4_in(cstring)
 RETURNS @extschema@.gbtreekey4
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey4_out(@extschema@.gbtreekey4)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey4 (input = @extschema@.gbtreekey4_in, output = @extschema@.gbtreekey4_out,
internallength = 4, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gbtreekey8_in(cstring)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey8_out(@extschema@.gbtreekey8)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey8 (input = @extschema@.gbtreekey8_in, output = @extschema@.gbtreekey8_out,
internallength = 8, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gbtreekey16_in(cstring)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey16_out(@extschema@.gbtreekey16)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey16 (input = @extschema@.gbtreekey16_in, output = @extschema@.gbtreekey16_out,
internallength = 16, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gbtreekey32_in(cstring)
 RETURNS @extschema@.gbtreekey32
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey32_out(@extschema@.gbtreekey32)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey32 (input = @extschema@.gbtreekey32_in, output = @extschema@.gbtreekey32_out,
internallength = 32, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gbtreekey_var_in(cstring)
 RETURNS @extschema@.gbtreekey_var
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey_var_out(@extschema@.gbtreekey_var)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey_var (input = @extschema@.gbtreekey_var_in, output = @extschema@.gbtreekey_var_out,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.cash_dist(money, money)
 RETURNS money
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'cash_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no cash_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.cash_dist, leftarg = money, rightarg = money, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.date_dist(date, date)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'date_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no date_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.date_dist, leftarg = date, rightarg = date, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.float4_dist(real, real)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'float4_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no float4_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.float4_dist, leftarg = real, rightarg = real, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.float8_dist(double precision, double precision)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'float8_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no float8_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.float8_dist, leftarg = double precision, rightarg = double precision, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.int2_dist(smallint, smallint)
 RETURNS smallint
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'int2_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no int2_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.int2_dist, leftarg = smallint, rightarg = smallint, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.int4_dist(integer, integer)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'int4_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no int4_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.int4_dist, leftarg = integer, rightarg = integer, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.int8_dist(bigint, bigint)
 RETURNS bigint
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'int8_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no int8_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.int8_dist, leftarg = bigint, rightarg = bigint, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.interval_dist(interval, interval)
 RETURNS interval
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'interval_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no interval_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.interval_dist, leftarg = interval, rightarg = interval, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.oid_dist(oid, oid)
 RETURNS oid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'oid_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no oid_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.oid_dist, leftarg = oid, rightarg = oid, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.time_dist(time without time zone, time without time zone)
 RETURNS interval
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'time_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no time_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.time_dist, leftarg = time without time zone, rightarg = time without time zone, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.ts_dist(timestamp without time zone, timestamp without time zone)
 RETURNS interval
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'ts_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no ts_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.ts_dist, leftarg = timestamp without time zone, rightarg = timestamp without time zone, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.tstz_dist(timestamp with time zone, timestamp with time zone)
 RETURNS interval
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'tstz_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gist has no tstz_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.tstz_dist, leftarg = timestamp with time zone, rightarg = timestamp with time zone, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.gbt_oid_consistent(internal, oid, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_distance(internal, oid, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_var_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_var_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_var_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_var_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_union(internal, internal)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_oid_same(@extschema@.gbtreekey8, @extschema@.gbtreekey8, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_oid_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_oid_ops using gist;
create operator class @extschema@.gist_oid_ops default for type oid using gist family @extschema@.gist_oid_ops as function 1 (oid, oid) @extschema@.gbt_oid_consistent(internal,oid,smallint,oid,internal), function 2 (oid, oid) @extschema@.gbt_oid_union(internal,internal), function 5 (oid, oid) @extschema@.gbt_oid_penalty(internal,internal,internal), function 6 (oid, oid) @extschema@.gbt_oid_picksplit(internal,internal), function 7 (oid, oid) @extschema@.gbt_oid_same(@extschema@.gbtreekey8,@extschema@.gbtreekey8,internal), storage @extschema@.gbtreekey8;
CREATE FUNCTION @extschema@.gbt_int2_consistent(internal, smallint, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_distance(internal, smallint, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_union(internal, internal)
 RETURNS @extschema@.gbtreekey4
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int2_same(@extschema@.gbtreekey4, @extschema@.gbtreekey4, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int2_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_int2_ops using gist;
create operator class @extschema@.gist_int2_ops default for type smallint using gist family @extschema@.gist_int2_ops as function 1 (smallint, smallint) @extschema@.gbt_int2_consistent(internal,smallint,smallint,oid,internal), function 2 (smallint, smallint) @extschema@.gbt_int2_union(internal,internal), function 5 (smallint, smallint) @extschema@.gbt_int2_penalty(internal,internal,internal), function 6 (smallint, smallint) @extschema@.gbt_int2_picksplit(internal,internal), function 7 (smallint, smallint) @extschema@.gbt_int2_same(@extschema@.gbtreekey4,@extschema@.gbtreekey4,internal), storage @extschema@.gbtreekey4;
CREATE FUNCTION @extschema@.gbt_int4_consistent(internal, integer, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_distance(internal, integer, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_union(internal, internal)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int4_same(@extschema@.gbtreekey8, @extschema@.gbtreekey8, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int4_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_int4_ops using gist;
create operator class @extschema@.gist_int4_ops default for type integer using gist family @extschema@.gist_int4_ops as function 1 (integer, integer) @extschema@.gbt_int4_consistent(internal,integer,smallint,oid,internal), function 2 (integer, integer) @extschema@.gbt_int4_union(internal,internal), function 5 (integer, integer) @extschema@.gbt_int4_penalty(internal,internal,internal), function 6 (integer, integer) @extschema@.gbt_int4_picksplit(internal,internal), function 7 (integer, integer) @extschema@.gbt_int4_same(@extschema@.gbtreekey8,@extschema@.gbtreekey8,internal), storage @extschema@.gbtreekey8;
CREATE FUNCTION @extschema@.gbt_int8_consistent(internal, bigint, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_distance(internal, bigint, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_int8_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_int8_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_int8_ops using gist;
create operator class @extschema@.gist_int8_ops default for type bigint using gist family @extschema@.gist_int8_ops as function 1 (bigint, bigint) @extschema@.gbt_int8_consistent(internal,bigint,smallint,oid,internal), function 2 (bigint, bigint) @extschema@.gbt_int8_union(internal,internal), function 5 (bigint, bigint) @extschema@.gbt_int8_penalty(internal,internal,internal), function 6 (bigint, bigint) @extschema@.gbt_int8_picksplit(internal,internal), function 7 (bigint, bigint) @extschema@.gbt_int8_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_float4_consistent(internal, real, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_distance(internal, real, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_union(internal, internal)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float4_same(@extschema@.gbtreekey8, @extschema@.gbtreekey8, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float4_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_float4_ops using gist;
create operator class @extschema@.gist_float4_ops default for type real using gist family @extschema@.gist_float4_ops as function 1 (real, real) @extschema@.gbt_float4_consistent(internal,real,smallint,oid,internal), function 2 (real, real) @extschema@.gbt_float4_union(internal,internal), function 5 (real, real) @extschema@.gbt_float4_penalty(internal,internal,internal), function 6 (real, real) @extschema@.gbt_float4_picksplit(internal,internal), function 7 (real, real) @extschema@.gbt_float4_same(@extschema@.gbtreekey8,@extschema@.gbtreekey8,internal), storage @extschema@.gbtreekey8;
CREATE FUNCTION @extschema@.gbt_float8_consistent(internal, double precision, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_distance(internal, double precision, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_float8_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_float8_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_float8_ops using gist;
create operator class @extschema@.gist_float8_ops default for type double precision using gist family @extschema@.gist_float8_ops as function 1 (double precision, double precision) @extschema@.gbt_float8_consistent(internal,double precision,smallint,oid,internal), function 2 (double precision, double precision) @extschema@.gbt_float8_union(internal,internal), function 5 (double precision, double precision) @extschema@.gbt_float8_penalty(internal,internal,internal), function 6 (double precision, double precision) @extschema@.gbt_float8_picksplit(internal,internal), function 7 (double precision, double precision) @extschema@.gbt_float8_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_ts_consistent(internal, timestamp without time zone, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_distance(internal, timestamp without time zone, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_tstz_consistent(internal, timestamp with time zone, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_tstz_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_tstz_distance(internal, timestamp with time zone, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_tstz_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_tstz_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_tstz_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_ts_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_ts_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_timestamp_ops using gist;
create operator class @extschema@.gist_timestamp_ops default for type timestamp without time zone using gist family @extschema@.gist_timestamp_ops as function 1 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_consistent(internal,timestamp without time zone,smallint,oid,internal), function 2 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_union(internal,internal), function 5 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_penalty(internal,internal,internal), function 6 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_picksplit(internal,internal), function 7 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
create operator family @extschema@.gist_timestamptz_ops using gist;
create operator class @extschema@.gist_timestamptz_ops default for type timestamp with time zone using gist family @extschema@.gist_timestamptz_ops as function 1 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_tstz_consistent(internal,timestamp with time zone,smallint,oid,internal), function 2 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_ts_union(internal,internal), function 5 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_ts_penalty(internal,internal,internal), function 6 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_ts_picksplit(internal,internal), function 7 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_ts_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_time_consistent(internal, time without time zone, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_distance(internal, time without time zone, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_timetz_consistent(internal, time with time zone, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_timetz_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_timetz_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_timetz_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_time_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_time_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_time_ops using gist;
create operator class @extschema@.gist_time_ops default for type time without time zone using gist family @extschema@.gist_time_ops as function 1 (time without time zone, time without time zone) @extschema@.gbt_time_consistent(internal,time without time zone,smallint,oid,internal), function 2 (time without time zone, time without time zone) @extschema@.gbt_time_union(internal,internal), function 5 (time without time zone, time without time zone) @extschema@.gbt_time_penalty(internal,internal,internal), function 6 (time without time zone, time without time zone) @extschema@.gbt_time_picksplit(internal,internal), function 7 (time without time zone, time without time zone) @extschema@.gbt_time_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
create operator family @extschema@.gist_timetz_ops using gist;
create operator class @extschema@.gist_timetz_ops default for type time with time zone using gist family @extschema@.gist_timetz_ops as function 1 (time with time zone, time with time zone) @extschema@.gbt_timetz_consistent(internal,time with time zone,smallint,oid,internal), function 2 (time with time zone, time with time zone) @extschema@.gbt_time_union(internal,internal), function 5 (time with time zone, time with time zone) @extschema@.gbt_time_penalty(internal,internal,internal), function 6 (time with time zone, time with time zone) @extschema@.gbt_time_picksplit(internal,internal), function 7 (time with time zone, time with time zone) @extschema@.gbt_time_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_date_consistent(internal, date, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_distance(internal, date, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_union(internal, internal)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_date_same(@extschema@.gbtreekey8, @extschema@.gbtreekey8, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_date_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_date_ops using gist;
create operator class @extschema@.gist_date_ops default for type date using gist family @extschema@.gist_date_ops as function 1 (date, date) @extschema@.gbt_date_consistent(internal,date,smallint,oid,internal), function 2 (date, date) @extschema@.gbt_date_union(internal,internal), function 5 (date, date) @extschema@.gbt_date_penalty(internal,internal,internal), function 6 (date, date) @extschema@.gbt_date_picksplit(internal,internal), function 7 (date, date) @extschema@.gbt_date_same(@extschema@.gbtreekey8,@extschema@.gbtreekey8,internal), storage @extschema@.gbtreekey8;
CREATE FUNCTION @extschema@.gbt_intv_consistent(internal, interval, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_distance(internal, interval, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_union(internal, internal)
 RETURNS @extschema@.gbtreekey32
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_intv_same(@extschema@.gbtreekey32, @extschema@.gbtreekey32, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_intv_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_interval_ops using gist;
create operator class @extschema@.gist_interval_ops default for type interval using gist family @extschema@.gist_interval_ops as function 1 (interval, interval) @extschema@.gbt_intv_consistent(internal,interval,smallint,oid,internal), function 2 (interval, interval) @extschema@.gbt_intv_union(internal,internal), function 5 (interval, interval) @extschema@.gbt_intv_penalty(internal,internal,internal), function 6 (interval, interval) @extschema@.gbt_intv_picksplit(internal,internal), function 7 (interval, interval) @extschema@.gbt_intv_same(@extschema@.gbtreekey32,@extschema@.gbtreekey32,internal), storage @extschema@.gbtreekey32;
CREATE FUNCTION @extschema@.gbt_cash_consistent(internal, money, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_distance(internal, money, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_cash_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_cash_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_cash_ops using gist;
create operator class @extschema@.gist_cash_ops default for type money using gist family @extschema@.gist_cash_ops as function 1 (money, money) @extschema@.gbt_cash_consistent(internal,money,smallint,oid,internal), function 2 (money, money) @extschema@.gbt_cash_union(internal,internal), function 5 (money, money) @extschema@.gbt_cash_penalty(internal,internal,internal), function 6 (money, money) @extschema@.gbt_cash_picksplit(internal,internal), function 7 (money, money) @extschema@.gbt_cash_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_macad_consistent(internal, macaddr, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_macaddr_ops using gist;
create operator class @extschema@.gist_macaddr_ops default for type macaddr using gist family @extschema@.gist_macaddr_ops as function 1 (macaddr, macaddr) @extschema@.gbt_macad_consistent(internal,macaddr,smallint,oid,internal), function 2 (macaddr, macaddr) @extschema@.gbt_macad_union(internal,internal), function 5 (macaddr, macaddr) @extschema@.gbt_macad_penalty(internal,internal,internal), function 6 (macaddr, macaddr) @extschema@.gbt_macad_picksplit(internal,internal), function 7 (macaddr, macaddr) @extschema@.gbt_macad_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_text_consistent(internal, text, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bpchar_consistent(internal, character, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bpchar_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_text_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bpchar_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bpchar_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_text_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_text_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_text_union(internal, internal)
 RETURNS @extschema@.gbtreekey_var
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_text_same(@extschema@.gbtreekey_var, @extschema@.gbtreekey_var, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_text_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_text_ops using gist;
create operator class @extschema@.gist_text_ops default for type text using gist family @extschema@.gist_text_ops as function 1 (text, text) @extschema@.gbt_text_consistent(internal,text,smallint,oid,internal), function 2 (text, text) @extschema@.gbt_text_union(internal,internal), function 5 (text, text) @extschema@.gbt_text_penalty(internal,internal,internal), function 6 (text, text) @extschema@.gbt_text_picksplit(internal,internal), function 7 (text, text) @extschema@.gbt_text_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
create operator family @extschema@.gist_bpchar_ops using gist;
create operator class @extschema@.gist_bpchar_ops default for type character using gist family @extschema@.gist_bpchar_ops as function 1 (character, character) @extschema@.gbt_bpchar_consistent(internal,character,smallint,oid,internal), function 2 (character, character) @extschema@.gbt_text_union(internal,internal), function 5 (character, character) @extschema@.gbt_text_penalty(internal,internal,internal), function 6 (character, character) @extschema@.gbt_text_picksplit(internal,internal), function 7 (character, character) @extschema@.gbt_text_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
CREATE FUNCTION @extschema@.gbt_bytea_consistent(internal, bytea, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bytea_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bytea_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bytea_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bytea_union(internal, internal)
 RETURNS @extschema@.gbtreekey_var
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bytea_same(@extschema@.gbtreekey_var, @extschema@.gbtreekey_var, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bytea_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_bytea_ops using gist;
create operator class @extschema@.gist_bytea_ops default for type bytea using gist family @extschema@.gist_bytea_ops as function 1 (bytea, bytea) @extschema@.gbt_bytea_consistent(internal,bytea,smallint,oid,internal), function 2 (bytea, bytea) @extschema@.gbt_bytea_union(internal,internal), function 5 (bytea, bytea) @extschema@.gbt_bytea_penalty(internal,internal,internal), function 6 (bytea, bytea) @extschema@.gbt_bytea_picksplit(internal,internal), function 7 (bytea, bytea) @extschema@.gbt_bytea_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
CREATE FUNCTION @extschema@.gbt_numeric_consistent(internal, numeric, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_numeric_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_numeric_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_numeric_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_numeric_union(internal, internal)
 RETURNS @extschema@.gbtreekey_var
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_numeric_same(@extschema@.gbtreekey_var, @extschema@.gbtreekey_var, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_numeric_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_numeric_ops using gist;
create operator class @extschema@.gist_numeric_ops default for type numeric using gist family @extschema@.gist_numeric_ops as function 1 (numeric, numeric) @extschema@.gbt_numeric_consistent(internal,numeric,smallint,oid,internal), function 2 (numeric, numeric) @extschema@.gbt_numeric_union(internal,internal), function 5 (numeric, numeric) @extschema@.gbt_numeric_penalty(internal,internal,internal), function 6 (numeric, numeric) @extschema@.gbt_numeric_picksplit(internal,internal), function 7 (numeric, numeric) @extschema@.gbt_numeric_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
CREATE FUNCTION @extschema@.gbt_bit_consistent(internal, bit, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bit_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bit_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bit_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bit_union(internal, internal)
 RETURNS @extschema@.gbtreekey_var
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bit_same(@extschema@.gbtreekey_var, @extschema@.gbtreekey_var, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bit_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_bit_ops using gist;
create operator class @extschema@.gist_bit_ops default for type bit using gist family @extschema@.gist_bit_ops as function 1 (bit, bit) @extschema@.gbt_bit_consistent(internal,bit,smallint,oid,internal), function 2 (bit, bit) @extschema@.gbt_bit_union(internal,internal), function 5 (bit, bit) @extschema@.gbt_bit_penalty(internal,internal,internal), function 6 (bit, bit) @extschema@.gbt_bit_picksplit(internal,internal), function 7 (bit, bit) @extschema@.gbt_bit_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
create operator family @extschema@.gist_vbit_ops using gist;
create operator class @extschema@.gist_vbit_ops default for type bit varying using gist family @extschema@.gist_vbit_ops as function 1 (bit varying, bit varying) @extschema@.gbt_bit_consistent(internal,bit,smallint,oid,internal), function 2 (bit varying, bit varying) @extschema@.gbt_bit_union(internal,internal), function 5 (bit varying, bit varying) @extschema@.gbt_bit_penalty(internal,internal,internal), function 6 (bit varying, bit varying) @extschema@.gbt_bit_picksplit(internal,internal), function 7 (bit varying, bit varying) @extschema@.gbt_bit_same(@extschema@.gbtreekey_var,@extschema@.gbtreekey_var,internal), storage @extschema@.gbtreekey_var;
CREATE FUNCTION @extschema@.gbt_inet_consistent(internal, inet, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_inet_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_inet_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_inet_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_inet_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_inet_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_inet_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_inet_ops using gist;
create operator class @extschema@.gist_inet_ops default for type inet using gist family @extschema@.gist_inet_ops as function 1 (inet, inet) @extschema@.gbt_inet_consistent(internal,inet,smallint,oid,internal), function 2 (inet, inet) @extschema@.gbt_inet_union(internal,internal), function 5 (inet, inet) @extschema@.gbt_inet_penalty(internal,internal,internal), function 6 (inet, inet) @extschema@.gbt_inet_picksplit(internal,internal), function 7 (inet, inet) @extschema@.gbt_inet_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
create operator family @extschema@.gist_cidr_ops using gist;
create operator class @extschema@.gist_cidr_ops default for type cidr using gist family @extschema@.gist_cidr_ops as function 1 (cidr, cidr) @extschema@.gbt_inet_consistent(internal,inet,smallint,oid,internal), function 2 (cidr, cidr) @extschema@.gbt_inet_union(internal,internal), function 5 (cidr, cidr) @extschema@.gbt_inet_penalty(internal,internal,internal), function 6 (cidr, cidr) @extschema@.gbt_inet_picksplit(internal,internal), function 7 (cidr, cidr) @extschema@.gbt_inet_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_uuid_consistent(internal, uuid, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_union(internal, internal)
 RETURNS @extschema@.gbtreekey32
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_uuid_same(@extschema@.gbtreekey32, @extschema@.gbtreekey32, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_uuid_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_uuid_ops using gist;
create operator class @extschema@.gist_uuid_ops default for type uuid using gist family @extschema@.gist_uuid_ops as function 1 (uuid, uuid) @extschema@.gbt_uuid_consistent(internal,uuid,smallint,oid,internal), function 2 (uuid, uuid) @extschema@.gbt_uuid_union(internal,internal), function 5 (uuid, uuid) @extschema@.gbt_uuid_penalty(internal,internal,internal), function 6 (uuid, uuid) @extschema@.gbt_uuid_picksplit(internal,internal), function 7 (uuid, uuid) @extschema@.gbt_uuid_same(@extschema@.gbtreekey32,@extschema@.gbtreekey32,internal), storage @extschema@.gbtreekey32;
CREATE FUNCTION @extschema@.gbt_macad8_consistent(internal, macaddr8, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_union(internal, internal)
 RETURNS @extschema@.gbtreekey16
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_macad8_same(@extschema@.gbtreekey16, @extschema@.gbtreekey16, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_macad8_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_macaddr8_ops using gist;
create operator class @extschema@.gist_macaddr8_ops default for type macaddr8 using gist family @extschema@.gist_macaddr8_ops as function 1 (macaddr8, macaddr8) @extschema@.gbt_macad8_consistent(internal,macaddr8,smallint,oid,internal), function 2 (macaddr8, macaddr8) @extschema@.gbt_macad8_union(internal,internal), function 5 (macaddr8, macaddr8) @extschema@.gbt_macad8_penalty(internal,internal,internal), function 6 (macaddr8, macaddr8) @extschema@.gbt_macad8_picksplit(internal,internal), function 7 (macaddr8, macaddr8) @extschema@.gbt_macad8_same(@extschema@.gbtreekey16,@extschema@.gbtreekey16,internal), storage @extschema@.gbtreekey16;
CREATE FUNCTION @extschema@.gbt_enum_consistent(internal, anyenum, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_fetch(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_fetch'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_union(internal, internal)
 RETURNS @extschema@.gbtreekey8
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_enum_same(@extschema@.gbtreekey8, @extschema@.gbtreekey8, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_enum_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_enum_ops using gist;
create operator class @extschema@.gist_enum_ops default for type anyenum using gist family @extschema@.gist_enum_ops as function 1 (anyenum, anyenum) @extschema@.gbt_enum_consistent(internal,anyenum,smallint,oid,internal), function 2 (anyenum, anyenum) @extschema@.gbt_enum_union(internal,internal), function 5 (anyenum, anyenum) @extschema@.gbt_enum_penalty(internal,internal,internal), function 6 (anyenum, anyenum) @extschema@.gbt_enum_picksplit(internal,internal), function 7 (anyenum, anyenum) @extschema@.gbt_enum_same(@extschema@.gbtreekey8,@extschema@.gbtreekey8,internal), storage @extschema@.gbtreekey8;
CREATE FUNCTION @extschema@.gbtreekey2_in(cstring)
 RETURNS @extschema@.gbtreekey2
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gbtreekey2_out(@extschema@.gbtreekey2)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbtreekey_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gbtreekey2 (input = @extschema@.gbtreekey2_in, output = @extschema@.gbtreekey2_out,
internallength = 2, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gbt_bool_consistent(internal, boolean, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_consistent'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_compress(internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_compress'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_fetch(internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_fetch'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_penalty'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_picksplit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_union(internal, internal)
 RETURNS @extschema@.gbtreekey2
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_union'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gbt_bool_same(@extschema@.gbtreekey2, @extschema@.gbtreekey2, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gist', 'gbt_bool_same'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_bool_ops using gist;
create operator class @extschema@.gist_bool_ops default for type boolean using gist family @extschema@.gist_bool_ops as function 1 (boolean, boolean) @extschema@.gbt_bool_consistent(internal,boolean,smallint,oid,internal), function 2 (boolean, boolean) @extschema@.gbt_bool_union(internal,internal), function 5 (boolean, boolean) @extschema@.gbt_bool_penalty(internal,internal,internal), function 6 (boolean, boolean) @extschema@.gbt_bool_picksplit(internal,internal), function 7 (boolean, boolean) @extschema@.gbt_bool_same(@extschema@.gbtreekey2,@extschema@.gbtreekey2,internal), storage @extschema@.gbtreekey2;
alter operator family @extschema@.gist_bit_ops using gist add operator 1 <(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add operator 2 <=(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add operator 3 =(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add operator 4 >=(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add operator 5 >(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add operator 6 <>(bit,bit);
alter operator family @extschema@.gist_bit_ops using gist add function 3 (bit, bit) @extschema@.gbt_bit_compress(internal);
alter operator family @extschema@.gist_bit_ops using gist add function 4 (bit, bit) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_bit_ops using gist add function 9 (bit, bit) @extschema@.gbt_var_fetch(internal);
alter operator family @extschema@.gist_bool_ops using gist add operator 1 <(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add operator 2 <=(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add operator 3 =(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add operator 4 >=(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add operator 5 >(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add operator 6 <>(boolean,boolean);
alter operator family @extschema@.gist_bool_ops using gist add function 3 (boolean, boolean) @extschema@.gbt_bool_compress(internal);
alter operator family @extschema@.gist_bool_ops using gist add function 4 (boolean, boolean) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_bool_ops using gist add function 9 (boolean, boolean) @extschema@.gbt_bool_fetch(internal);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 1 <(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 2 <=(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 3 =(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 4 >=(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 5 >(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add operator 6 <>(character,character);
alter operator family @extschema@.gist_bpchar_ops using gist add function 3 (character, character) @extschema@.gbt_bpchar_compress(internal);
alter operator family @extschema@.gist_bpchar_ops using gist add function 4 (character, character) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_bpchar_ops using gist add function 9 (character, character) @extschema@.gbt_var_fetch(internal);
alter operator family @extschema@.gist_bytea_ops using gist add operator 1 <(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add operator 2 <=(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add operator 3 =(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add operator 4 >=(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add operator 5 >(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add operator 6 <>(bytea,bytea);
alter operator family @extschema@.gist_bytea_ops using gist add function 3 (bytea, bytea) @extschema@.gbt_bytea_compress(internal);
alter operator family @extschema@.gist_bytea_ops using gist add function 4 (bytea, bytea) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_bytea_ops using gist add function 9 (bytea, bytea) @extschema@.gbt_var_fetch(internal);
alter operator family @extschema@.gist_cash_ops using gist add operator 1 <(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 2 <=(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 3 =(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 4 >=(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 5 >(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 6 <>(money,money);
alter operator family @extschema@.gist_cash_ops using gist add operator 15 @extschema@.<->(money,money) for order by pg_catalog.money_ops;
alter operator family @extschema@.gist_cash_ops using gist add function 3 (money, money) @extschema@.gbt_cash_compress(internal);
alter operator family @extschema@.gist_cash_ops using gist add function 4 (money, money) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_cash_ops using gist add function 8 (money, money) @extschema@.gbt_cash_distance(internal,money,smallint,oid,internal);
alter operator family @extschema@.gist_cash_ops using gist add function 9 (money, money) @extschema@.gbt_cash_fetch(internal);
alter operator family @extschema@.gist_cidr_ops using gist add operator 1 <(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add operator 2 <=(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add operator 3 =(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add operator 4 >=(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add operator 5 >(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add operator 6 <>(inet,inet);
alter operator family @extschema@.gist_cidr_ops using gist add function 3 (cidr, cidr) @extschema@.gbt_inet_compress(internal);
alter operator family @extschema@.gist_cidr_ops using gist add function 4 (cidr, cidr) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_date_ops using gist add operator 1 <(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 2 <=(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 3 =(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 4 >=(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 5 >(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 6 <>(date,date);
alter operator family @extschema@.gist_date_ops using gist add operator 15 @extschema@.<->(date,date) for order by pg_catalog.integer_ops;
alter operator family @extschema@.gist_date_ops using gist add function 3 (date, date) @extschema@.gbt_date_compress(internal);
alter operator family @extschema@.gist_date_ops using gist add function 4 (date, date) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_date_ops using gist add function 8 (date, date) @extschema@.gbt_date_distance(internal,date,smallint,oid,internal);
alter operator family @extschema@.gist_date_ops using gist add function 9 (date, date) @extschema@.gbt_date_fetch(internal);
alter operator family @extschema@.gist_enum_ops using gist add operator 1 <(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add operator 2 <=(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add operator 3 =(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add operator 4 >=(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add operator 5 >(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add operator 6 <>(anyenum,anyenum);
alter operator family @extschema@.gist_enum_ops using gist add function 3 (anyenum, anyenum) @extschema@.gbt_enum_compress(internal);
alter operator family @extschema@.gist_enum_ops using gist add function 4 (anyenum, anyenum) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_enum_ops using gist add function 9 (anyenum, anyenum) @extschema@.gbt_enum_fetch(internal);
alter operator family @extschema@.gist_float4_ops using gist add operator 1 <(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 2 <=(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 3 =(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 4 >=(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 5 >(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 6 <>(real,real);
alter operator family @extschema@.gist_float4_ops using gist add operator 15 @extschema@.<->(real,real) for order by pg_catalog.float_ops;
alter operator family @extschema@.gist_float4_ops using gist add function 3 (real, real) @extschema@.gbt_float4_compress(internal);
alter operator family @extschema@.gist_float4_ops using gist add function 4 (real, real) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_float4_ops using gist add function 8 (real, real) @extschema@.gbt_float4_distance(internal,real,smallint,oid,internal);
alter operator family @extschema@.gist_float4_ops using gist add function 9 (real, real) @extschema@.gbt_float4_fetch(internal);
alter operator family @extschema@.gist_float8_ops using gist add operator 1 <(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 2 <=(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 3 =(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 4 >=(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 5 >(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 6 <>(double precision,double precision);
alter operator family @extschema@.gist_float8_ops using gist add operator 15 @extschema@.<->(double precision,double precision) for order by pg_catalog.float_ops;
alter operator family @extschema@.gist_float8_ops using gist add function 3 (double precision, double precision) @extschema@.gbt_float8_compress(internal);
alter operator family @extschema@.gist_float8_ops using gist add function 4 (double precision, double precision) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_float8_ops using gist add function 8 (double precision, double precision) @extschema@.gbt_float8_distance(internal,double precision,smallint,oid,internal);
alter operator family @extschema@.gist_float8_ops using gist add function 9 (double precision, double precision) @extschema@.gbt_float8_fetch(internal);
alter operator family @extschema@.gist_inet_ops using gist add operator 1 <(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add operator 2 <=(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add operator 3 =(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add operator 4 >=(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add operator 5 >(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add operator 6 <>(inet,inet);
alter operator family @extschema@.gist_inet_ops using gist add function 3 (inet, inet) @extschema@.gbt_inet_compress(internal);
alter operator family @extschema@.gist_inet_ops using gist add function 4 (inet, inet) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_int2_ops using gist add operator 1 <(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 2 <=(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 3 =(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 4 >=(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 5 >(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 6 <>(smallint,smallint);
alter operator family @extschema@.gist_int2_ops using gist add operator 15 @extschema@.<->(smallint,smallint) for order by pg_catalog.integer_ops;
alter operator family @extschema@.gist_int2_ops using gist add function 3 (smallint, smallint) @extschema@.gbt_int2_compress(internal);
alter operator family @extschema@.gist_int2_ops using gist add function 4 (smallint, smallint) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_int2_ops using gist add function 8 (smallint, smallint) @extschema@.gbt_int2_distance(internal,smallint,smallint,oid,internal);
alter operator family @extschema@.gist_int2_ops using gist add function 9 (smallint, smallint) @extschema@.gbt_int2_fetch(internal);
alter operator family @extschema@.gist_int4_ops using gist add operator 1 <(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 2 <=(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 3 =(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 4 >=(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 5 >(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 6 <>(integer,integer);
alter operator family @extschema@.gist_int4_ops using gist add operator 15 @extschema@.<->(integer,integer) for order by pg_catalog.integer_ops;
alter operator family @extschema@.gist_int4_ops using gist add function 3 (integer, integer) @extschema@.gbt_int4_compress(internal);
alter operator family @extschema@.gist_int4_ops using gist add function 4 (integer, integer) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_int4_ops using gist add function 8 (integer, integer) @extschema@.gbt_int4_distance(internal,integer,smallint,oid,internal);
alter operator family @extschema@.gist_int4_ops using gist add function 9 (integer, integer) @extschema@.gbt_int4_fetch(internal);
alter operator family @extschema@.gist_int8_ops using gist add operator 1 <(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 2 <=(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 3 =(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 4 >=(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 5 >(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 6 <>(bigint,bigint);
alter operator family @extschema@.gist_int8_ops using gist add operator 15 @extschema@.<->(bigint,bigint) for order by pg_catalog.integer_ops;
alter operator family @extschema@.gist_int8_ops using gist add function 3 (bigint, bigint) @extschema@.gbt_int8_compress(internal);
alter operator family @extschema@.gist_int8_ops using gist add function 4 (bigint, bigint) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_int8_ops using gist add function 8 (bigint, bigint) @extschema@.gbt_int8_distance(internal,bigint,smallint,oid,internal);
alter operator family @extschema@.gist_int8_ops using gist add function 9 (bigint, bigint) @extschema@.gbt_int8_fetch(internal);
alter operator family @extschema@.gist_interval_ops using gist add operator 1 <(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 2 <=(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 3 =(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 4 >=(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 5 >(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 6 <>(interval,interval);
alter operator family @extschema@.gist_interval_ops using gist add operator 15 @extschema@.<->(interval,interval) for order by pg_catalog.interval_ops;
alter operator family @extschema@.gist_interval_ops using gist add function 3 (interval, interval) @extschema@.gbt_intv_compress(internal);
alter operator family @extschema@.gist_interval_ops using gist add function 4 (interval, interval) @extschema@.gbt_intv_decompress(internal);
alter operator family @extschema@.gist_interval_ops using gist add function 8 (interval, interval) @extschema@.gbt_intv_distance(internal,interval,smallint,oid,internal);
alter operator family @extschema@.gist_interval_ops using gist add function 9 (interval, interval) @extschema@.gbt_intv_fetch(internal);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 1 <(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 2 <=(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 3 =(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 4 >=(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 5 >(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add operator 6 <>(macaddr8,macaddr8);
alter operator family @extschema@.gist_macaddr8_ops using gist add function 3 (macaddr8, macaddr8) @extschema@.gbt_macad8_compress(internal);
alter operator family @extschema@.gist_macaddr8_ops using gist add function 4 (macaddr8, macaddr8) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_macaddr8_ops using gist add function 9 (macaddr8, macaddr8) @extschema@.gbt_macad8_fetch(internal);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 1 <(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 2 <=(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 3 =(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 4 >=(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 5 >(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add operator 6 <>(macaddr,macaddr);
alter operator family @extschema@.gist_macaddr_ops using gist add function 3 (macaddr, macaddr) @extschema@.gbt_macad_compress(internal);
alter operator family @extschema@.gist_macaddr_ops using gist add function 4 (macaddr, macaddr) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_macaddr_ops using gist add function 9 (macaddr, macaddr) @extschema@.gbt_macad_fetch(internal);
alter operator family @extschema@.gist_numeric_ops using gist add operator 1 <(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add operator 2 <=(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add operator 3 =(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add operator 4 >=(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add operator 5 >(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add operator 6 <>(numeric,numeric);
alter operator family @extschema@.gist_numeric_ops using gist add function 3 (numeric, numeric) @extschema@.gbt_numeric_compress(internal);
alter operator family @extschema@.gist_numeric_ops using gist add function 4 (numeric, numeric) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_numeric_ops using gist add function 9 (numeric, numeric) @extschema@.gbt_var_fetch(internal);
alter operator family @extschema@.gist_oid_ops using gist add operator 1 <(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 2 <=(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 3 =(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 4 >=(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 5 >(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 6 <>(oid,oid);
alter operator family @extschema@.gist_oid_ops using gist add operator 15 @extschema@.<->(oid,oid) for order by pg_catalog.oid_ops;
alter operator family @extschema@.gist_oid_ops using gist add function 3 (oid, oid) @extschema@.gbt_oid_compress(internal);
alter operator family @extschema@.gist_oid_ops using gist add function 4 (oid, oid) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_oid_ops using gist add function 8 (oid, oid) @extschema@.gbt_oid_distance(internal,oid,smallint,oid,internal);
alter operator family @extschema@.gist_oid_ops using gist add function 9 (oid, oid) @extschema@.gbt_oid_fetch(internal);
alter operator family @extschema@.gist_text_ops using gist add operator 1 <(text,text);
alter operator family @extschema@.gist_text_ops using gist add operator 2 <=(text,text);
alter operator family @extschema@.gist_text_ops using gist add operator 3 =(text,text);
alter operator family @extschema@.gist_text_ops using gist add operator 4 >=(text,text);
alter operator family @extschema@.gist_text_ops using gist add operator 5 >(text,text);
alter operator family @extschema@.gist_text_ops using gist add operator 6 <>(text,text);
alter operator family @extschema@.gist_text_ops using gist add function 3 (text, text) @extschema@.gbt_text_compress(internal);
alter operator family @extschema@.gist_text_ops using gist add function 4 (text, text) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_text_ops using gist add function 9 (text, text) @extschema@.gbt_var_fetch(internal);
alter operator family @extschema@.gist_time_ops using gist add operator 1 <(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 2 <=(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 3 =(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 4 >=(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 5 >(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 6 <>(time without time zone,time without time zone);
alter operator family @extschema@.gist_time_ops using gist add operator 15 @extschema@.<->(time without time zone,time without time zone) for order by pg_catalog.interval_ops;
alter operator family @extschema@.gist_time_ops using gist add function 3 (time without time zone, time without time zone) @extschema@.gbt_time_compress(internal);
alter operator family @extschema@.gist_time_ops using gist add function 4 (time without time zone, time without time zone) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_time_ops using gist add function 8 (time without time zone, time without time zone) @extschema@.gbt_time_distance(internal,time without time zone,smallint,oid,internal);
alter operator family @extschema@.gist_time_ops using gist add function 9 (time without time zone, time without time zone) @extschema@.gbt_time_fetch(internal);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 1 <(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 2 <=(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 3 =(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 4 >=(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 5 >(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 6 <>(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.gist_timestamp_ops using gist add operator 15 @extschema@.<->(timestamp without time zone,timestamp without time zone) for order by pg_catalog.interval_ops;
alter operator family @extschema@.gist_timestamp_ops using gist add function 3 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_compress(internal);
alter operator family @extschema@.gist_timestamp_ops using gist add function 4 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_timestamp_ops using gist add function 8 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_distance(internal,timestamp without time zone,smallint,oid,internal);
alter operator family @extschema@.gist_timestamp_ops using gist add function 9 (timestamp without time zone, timestamp without time zone) @extschema@.gbt_ts_fetch(internal);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 1 <(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 2 <=(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 3 =(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 4 >=(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 5 >(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 6 <>(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.gist_timestamptz_ops using gist add operator 15 @extschema@.<->(timestamp with time zone,timestamp with time zone) for order by pg_catalog.interval_ops;
alter operator family @extschema@.gist_timestamptz_ops using gist add function 3 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_tstz_compress(internal);
alter operator family @extschema@.gist_timestamptz_ops using gist add function 4 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_timestamptz_ops using gist add function 8 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_tstz_distance(internal,timestamp with time zone,smallint,oid,internal);
alter operator family @extschema@.gist_timestamptz_ops using gist add function 9 (timestamp with time zone, timestamp with time zone) @extschema@.gbt_ts_fetch(internal);
alter operator family @extschema@.gist_timetz_ops using gist add operator 1 <(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add operator 2 <=(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add operator 3 =(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add operator 4 >=(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add operator 5 >(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add operator 6 <>(time with time zone,time with time zone);
alter operator family @extschema@.gist_timetz_ops using gist add function 3 (time with time zone, time with time zone) @extschema@.gbt_timetz_compress(internal);
alter operator family @extschema@.gist_timetz_ops using gist add function 4 (time with time zone, time with time zone) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_uuid_ops using gist add operator 1 <(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add operator 2 <=(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add operator 3 =(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add operator 4 >=(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add operator 5 >(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add operator 6 <>(uuid,uuid);
alter operator family @extschema@.gist_uuid_ops using gist add function 3 (uuid, uuid) @extschema@.gbt_uuid_compress(internal);
alter operator family @extschema@.gist_uuid_ops using gist add function 4 (uuid, uuid) @extschema@.gbt_decompress(internal);
alter operator family @extschema@.gist_uuid_ops using gist add function 9 (uuid, uuid) @extschema@.gbt_uuid_fetch(internal);
alter operator family @extschema@.gist_vbit_ops using gist add operator 1 <(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add operator 2 <=(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add operator 3 =(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add operator 4 >=(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add operator 5 >(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add operator 6 <>(bit varying,bit varying);
alter operator family @extschema@.gist_vbit_ops using gist add function 3 (bit varying, bit varying) @extschema@.gbt_bit_compress(internal);
alter operator family @extschema@.gist_vbit_ops using gist add function 4 (bit varying, bit varying) @extschema@.gbt_var_decompress(internal);
alter operator family @extschema@.gist_vbit_ops using gist add function 9 (bit varying, bit varying) @extschema@.gbt_var_fetch(internal);
-- Owners and privileges as they were found, whatever this database's default privileges made of them. What names a role
-- that is not here (yet) is left to whoever makes that role.
do $privileges$
declare
  v record;
  v_oid oid;
  v_item text;
  v_acl aclitem[];
  v_kind constant jsonb = '{
    "pg_proc": ["pro", "regprocedure", "routine"], "pg_class": ["rel", "regclass", "table"],
    "pg_type": ["typ", "regtype", "type"], "pg_namespace": ["nsp", "regnamespace", "schema"],
    "pg_foreign_data_wrapper": ["fdw"], "pg_foreign_server": ["srv"], "pg_language": ["lan"]
  }';
begin
  for v in
    select d.objid, c.relname as class
    from pg_catalog.pg_depend as d
    join pg_catalog.pg_class as c on c.oid = d.classid
    join pg_catalog.pg_extension as e on e.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_extension'::regclass
    where e.extname = 'btree_gist' and d.deptype = 'e' and v_kind ? c.relname
  loop
    execute format('update pg_catalog.%1$s set %2$sacl = null where oid = $1 and %2$sacl is not null', v.class, v_kind -> v.class ->> 0)
      using v.objid;
  end loop;
  for v in
    select * from (
      values
      (null::text, null::text, null::text, null::text[], null::text[])
    ) as m (class, name, owner, acl, initial)
    where m.class is not null
  loop
    if v_kind -> v.class ->> 1 is null then
      execute format('select oid from pg_catalog.%I where %I = $1', v.class, (v_kind -> v.class ->> 0) || 'name')
        into v_oid using v.name;
    else
      execute format('select %L::pg_catalog.%s::oid', v.name, v_kind -> v.class ->> 1) into v_oid;
    end if;
    if v.owner is not null and to_regrole(v.owner) is not null then
      execute format('alter %s %s owner to %s', v_kind -> v.class ->> 2, v.name, v.owner);
    end if;
    for i in 1 .. 2 loop
      continue when case i when 1 then v.acl else v.initial end is null;
      v_acl = '{}';
      foreach v_item in array case i when 1 then v.acl else v.initial end loop
        -- From 17 on there is MAINTAIN, and an owner has it.
        if v.class = 'pg_class' and current_setting('server_version_num')::integer >= 170000 then
          v_item = regexp_replace(v_item, '^(.+)=arwdDxt/\1$', '\1=arwdDxtm/\1');
        elsif v.class = 'pg_class' then
          v_item = regexp_replace(v_item, '(=[^/]*)m\*?', '\1');
        end if;
        begin
          v_acl = v_acl || v_item::aclitem;
        exception when undefined_object then
          null;
        end;
      end loop;
      -- Of nobody who is here: as Postgres has it where nothing is granted.
      continue when v_acl = '{}' and case i when 1 then v.acl else v.initial end <> '{}';
      if i = 1 then
        execute format('update pg_catalog.%s set %sacl = $1 where oid = $2', v.class, v_kind -> v.class ->> 0) using v_acl, v_oid;
      else
        delete from pg_catalog.pg_init_privs
        where objoid = v_oid and classoid = format('pg_catalog.%I', v.class)::regclass and objsubid = 0;
        insert into pg_catalog.pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
        values (v_oid, format('pg_catalog.%I', v.class)::regclass, 0, 'e', v_acl);
      end if;
    end loop;
  end loop;
end
$privileges$;
;
update pg_catalog.pg_extension set extrelocatable = true where extname = 'btree_gist';
