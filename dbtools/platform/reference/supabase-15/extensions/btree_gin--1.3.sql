-- btree_gin 1.3, for any schema.
CREATE FUNCTION @extschema@.gin_btree_consistent(internal, smallint, anyelement, integer, internal, internal)
 RETURNS boolean
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_btree_consistent'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_value_int2(smallint, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_int2'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_int2(smallint, smallint, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_int2'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_int2(smallint, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_int2'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.int2_ops using gin;
create operator class @extschema@.int2_ops default for type smallint using gin family @extschema@.int2_ops as function 2 (smallint, smallint) @extschema@.gin_extract_value_int2(smallint,internal), function 3 (smallint, smallint) @extschema@.gin_extract_query_int2(smallint,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_int4(integer, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_int4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_int4(integer, integer, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_int4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_int4(integer, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_int4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.int4_ops using gin;
create operator class @extschema@.int4_ops default for type integer using gin family @extschema@.int4_ops as function 2 (integer, integer) @extschema@.gin_extract_value_int4(integer,internal), function 3 (integer, integer) @extschema@.gin_extract_query_int4(integer,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_int8(bigint, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_int8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_int8(bigint, bigint, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_int8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_int8(bigint, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_int8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.int8_ops using gin;
create operator class @extschema@.int8_ops default for type bigint using gin family @extschema@.int8_ops as function 2 (bigint, bigint) @extschema@.gin_extract_value_int8(bigint,internal), function 3 (bigint, bigint) @extschema@.gin_extract_query_int8(bigint,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_float4(real, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_float4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_float4(real, real, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_float4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_float4(real, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_float4'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.float4_ops using gin;
create operator class @extschema@.float4_ops default for type real using gin family @extschema@.float4_ops as function 2 (real, real) @extschema@.gin_extract_value_float4(real,internal), function 3 (real, real) @extschema@.gin_extract_query_float4(real,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_float8(double precision, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_float8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_float8(double precision, double precision, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_float8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_float8(double precision, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_float8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.float8_ops using gin;
create operator class @extschema@.float8_ops default for type double precision using gin family @extschema@.float8_ops as function 2 (double precision, double precision) @extschema@.gin_extract_value_float8(double precision,internal), function 3 (double precision, double precision) @extschema@.gin_extract_query_float8(double precision,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_money(money, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_money'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_money(money, money, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_money'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_money(money, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_money'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.money_ops using gin;
create operator class @extschema@.money_ops default for type money using gin family @extschema@.money_ops as function 2 (money, money) @extschema@.gin_extract_value_money(money,internal), function 3 (money, money) @extschema@.gin_extract_query_money(money,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_oid(oid, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_oid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_oid(oid, oid, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_oid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_oid(oid, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_oid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.oid_ops using gin;
create operator class @extschema@.oid_ops default for type oid using gin family @extschema@.oid_ops as function 2 (oid, oid) @extschema@.gin_extract_value_oid(oid,internal), function 3 (oid, oid) @extschema@.gin_extract_query_oid(oid,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_timestamp(timestamp without time zone, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_timestamp'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_timestamp(timestamp without time zone, timestamp without time zone, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_timestamp'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_timestamp(timestamp without time zone, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_timestamp'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.timestamp_ops using gin;
create operator class @extschema@.timestamp_ops default for type timestamp without time zone using gin family @extschema@.timestamp_ops as function 2 (timestamp without time zone, timestamp without time zone) @extschema@.gin_extract_value_timestamp(timestamp without time zone,internal), function 3 (timestamp without time zone, timestamp without time zone) @extschema@.gin_extract_query_timestamp(timestamp without time zone,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_timestamptz(timestamp with time zone, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_timestamptz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_timestamptz(timestamp with time zone, timestamp with time zone, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_timestamptz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_timestamptz(timestamp with time zone, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_timestamptz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.timestamptz_ops using gin;
create operator class @extschema@.timestamptz_ops default for type timestamp with time zone using gin family @extschema@.timestamptz_ops as function 2 (timestamp with time zone, timestamp with time zone) @extschema@.gin_extract_value_timestamptz(timestamp with time zone,internal), function 3 (timestamp with time zone, timestamp with time zone) @extschema@.gin_extract_query_timestamptz(timestamp with time zone,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_time(time without time zone, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_time'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_time(time without time zone, time without time zone, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_time'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_time(time without time zone, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_time'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.time_ops using gin;
create operator class @extschema@.time_ops default for type time without time zone using gin family @extschema@.time_ops as function 2 (time without time zone, time without time zone) @extschema@.gin_extract_value_time(time without time zone,internal), function 3 (time without time zone, time without time zone) @extschema@.gin_extract_query_time(time without time zone,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_timetz(time with time zone, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_timetz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_timetz(time with time zone, time with time zone, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_timetz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_timetz(time with time zone, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_timetz'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.timetz_ops using gin;
create operator class @extschema@.timetz_ops default for type time with time zone using gin family @extschema@.timetz_ops as function 2 (time with time zone, time with time zone) @extschema@.gin_extract_value_timetz(time with time zone,internal), function 3 (time with time zone, time with time zone) @extschema@.gin_extract_query_timetz(time with time zone,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_date(date, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_date'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_date(date, date, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_date'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_date(date, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_date'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.date_ops using gin;
create operator class @extschema@.date_ops default for type date using gin family @extschema@.date_ops as function 2 (date, date) @extschema@.gin_extract_value_date(date,internal), function 3 (date, date) @extschema@.gin_extract_query_date(date,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_interval(interval, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_interval'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_interval(interval, interval, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_interval'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_interval(interval, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_interval'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.interval_ops using gin;
create operator class @extschema@.interval_ops default for type interval using gin family @extschema@.interval_ops as function 2 (interval, interval) @extschema@.gin_extract_value_interval(interval,internal), function 3 (interval, interval) @extschema@.gin_extract_query_interval(interval,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_macaddr(macaddr, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_macaddr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_macaddr(macaddr, macaddr, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_macaddr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_macaddr(macaddr, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_macaddr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.macaddr_ops using gin;
create operator class @extschema@.macaddr_ops default for type macaddr using gin family @extschema@.macaddr_ops as function 2 (macaddr, macaddr) @extschema@.gin_extract_value_macaddr(macaddr,internal), function 3 (macaddr, macaddr) @extschema@.gin_extract_query_macaddr(macaddr,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_inet(inet, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_inet'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_inet(inet, inet, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_inet'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_inet(inet, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_inet'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.inet_ops using gin;
create operator class @extschema@.inet_ops default for type inet using gin family @extschema@.inet_ops as function 2 (inet, inet) @extschema@.gin_extract_value_inet(inet,internal), function 3 (inet, inet) @extschema@.gin_extract_query_inet(inet,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_cidr(cidr, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_cidr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_cidr(cidr, cidr, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_cidr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_cidr(cidr, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_cidr'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.cidr_ops using gin;
create operator class @extschema@.cidr_ops default for type cidr using gin family @extschema@.cidr_ops as function 2 (cidr, cidr) @extschema@.gin_extract_value_cidr(cidr,internal), function 3 (cidr, cidr) @extschema@.gin_extract_query_cidr(cidr,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_text(text, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_text'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_text(text, text, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_text'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_text(text, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_text'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.text_ops using gin;
create operator class @extschema@.text_ops default for type text using gin family @extschema@.text_ops as function 2 (text, text) @extschema@.gin_extract_value_text(text,internal), function 3 (text, text) @extschema@.gin_extract_query_text(text,internal,smallint,internal,internal);
create operator family @extschema@.varchar_ops using gin;
create operator class @extschema@.varchar_ops default for type character varying using gin family @extschema@.varchar_ops as function 2 (character varying, character varying) @extschema@.gin_extract_value_text(text,internal), function 3 (character varying, character varying) @extschema@.gin_extract_query_text(text,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_char("char", internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_char'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_char("char", "char", smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_char'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_char("char", internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_char'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.char_ops using gin;
create operator class @extschema@.char_ops default for type "char" using gin family @extschema@.char_ops as function 2 ("char", "char") @extschema@.gin_extract_value_char("char",internal), function 3 ("char", "char") @extschema@.gin_extract_query_char("char",internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_bytea(bytea, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_bytea'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_bytea(bytea, bytea, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_bytea'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_bytea(bytea, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_bytea'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.bytea_ops using gin;
create operator class @extschema@.bytea_ops default for type bytea using gin family @extschema@.bytea_ops as function 2 (bytea, bytea) @extschema@.gin_extract_value_bytea(bytea,internal), function 3 (bytea, bytea) @extschema@.gin_extract_query_bytea(bytea,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_bit(bit, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_bit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_bit(bit, bit, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_bit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_bit(bit, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_bit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.bit_ops using gin;
create operator class @extschema@.bit_ops default for type bit using gin family @extschema@.bit_ops as function 2 (bit, bit) @extschema@.gin_extract_value_bit(bit,internal), function 3 (bit, bit) @extschema@.gin_extract_query_bit(bit,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_varbit(bit varying, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_varbit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_varbit(bit varying, bit varying, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_varbit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_varbit(bit varying, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_varbit'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.varbit_ops using gin;
create operator class @extschema@.varbit_ops default for type bit varying using gin family @extschema@.varbit_ops as function 2 (bit varying, bit varying) @extschema@.gin_extract_value_varbit(bit varying,internal), function 3 (bit varying, bit varying) @extschema@.gin_extract_query_varbit(bit varying,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_numeric(numeric, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_numeric'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_numeric(numeric, numeric, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_numeric'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_numeric(numeric, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_numeric'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_numeric_cmp(numeric, numeric)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_numeric_cmp'
--or IMMUTABLE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gin has no gin_numeric_cmp'; end$s$
;
create operator family @extschema@.numeric_ops using gin;
create operator class @extschema@.numeric_ops default for type numeric using gin family @extschema@.numeric_ops as function 2 (numeric, numeric) @extschema@.gin_extract_value_numeric(numeric,internal), function 3 (numeric, numeric) @extschema@.gin_extract_query_numeric(numeric,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_macaddr8(macaddr8, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_macaddr8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_macaddr8(macaddr8, macaddr8, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_macaddr8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_macaddr8(macaddr8, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_macaddr8'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.macaddr8_ops using gin;
create operator class @extschema@.macaddr8_ops default for type macaddr8 using gin family @extschema@.macaddr8_ops as function 2 (macaddr8, macaddr8) @extschema@.gin_extract_value_macaddr8(macaddr8,internal), function 3 (macaddr8, macaddr8) @extschema@.gin_extract_query_macaddr8(macaddr8,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_anyenum(anyenum, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_anyenum'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_anyenum(anyenum, anyenum, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_anyenum'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_anyenum(anyenum, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_anyenum'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_enum_cmp(anyenum, anyenum)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_enum_cmp'
--or IMMUTABLE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for btree_gin has no gin_enum_cmp'; end$s$
;
create operator family @extschema@.enum_ops using gin;
create operator class @extschema@.enum_ops default for type anyenum using gin family @extschema@.enum_ops as function 2 (anyenum, anyenum) @extschema@.gin_extract_value_anyenum(anyenum,internal), function 3 (anyenum, anyenum) @extschema@.gin_extract_query_anyenum(anyenum,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_uuid(uuid, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_uuid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_uuid(uuid, uuid, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_uuid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_uuid(uuid, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_uuid'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.uuid_ops using gin;
create operator class @extschema@.uuid_ops default for type uuid using gin family @extschema@.uuid_ops as function 2 (uuid, uuid) @extschema@.gin_extract_value_uuid(uuid,internal), function 3 (uuid, uuid) @extschema@.gin_extract_query_uuid(uuid,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_name(name, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_name'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_name(name, name, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_name'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_name(name, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_name'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.name_ops using gin;
create operator class @extschema@.name_ops default for type name using gin family @extschema@.name_ops as function 2 (name, name) @extschema@.gin_extract_value_name(name,internal), function 3 (name, name) @extschema@.gin_extract_query_name(name,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_bool(boolean, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_bool'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_bool(boolean, boolean, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_bool'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_bool(boolean, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_bool'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.bool_ops using gin;
create operator class @extschema@.bool_ops default for type boolean using gin family @extschema@.bool_ops as function 2 (boolean, boolean) @extschema@.gin_extract_value_bool(boolean,internal), function 3 (boolean, boolean) @extschema@.gin_extract_query_bool(boolean,internal,smallint,internal,internal);
CREATE FUNCTION @extschema@.gin_extract_value_bpchar(character, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_value_bpchar'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_compare_prefix_bpchar(character, character, smallint, internal)
 RETURNS integer
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_compare_prefix_bpchar'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_bpchar(character, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE STRICT COST 1 LANGUAGE c AS '$libdir/btree_gin', 'gin_extract_query_bpchar'
--or IMMUTABLE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.bpchar_ops using gin;
create operator class @extschema@.bpchar_ops default for type character using gin family @extschema@.bpchar_ops as function 2 (character, character) @extschema@.gin_extract_value_bpchar(character,internal), function 3 (character, character) @extschema@.gin_extract_query_bpchar(character,internal,smallint,internal,internal);
alter operator family @extschema@.bit_ops using gin add operator 1 <(bit,bit);
alter operator family @extschema@.bit_ops using gin add operator 2 <=(bit,bit);
alter operator family @extschema@.bit_ops using gin add operator 3 =(bit,bit);
alter operator family @extschema@.bit_ops using gin add operator 4 >=(bit,bit);
alter operator family @extschema@.bit_ops using gin add operator 5 >(bit,bit);
alter operator family @extschema@.bit_ops using gin add function 1 (bit, bit) bitcmp(bit,bit);
alter operator family @extschema@.bit_ops using gin add function 4 (bit, bit) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.bit_ops using gin add function 5 (bit, bit) @extschema@.gin_compare_prefix_bit(bit,bit,smallint,internal);
alter operator family @extschema@.bool_ops using gin add operator 1 <(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add operator 2 <=(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add operator 3 =(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add operator 4 >=(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add operator 5 >(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add function 1 (boolean, boolean) btboolcmp(boolean,boolean);
alter operator family @extschema@.bool_ops using gin add function 4 (boolean, boolean) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.bool_ops using gin add function 5 (boolean, boolean) @extschema@.gin_compare_prefix_bool(boolean,boolean,smallint,internal);
alter operator family @extschema@.bpchar_ops using gin add operator 1 <(character,character);
alter operator family @extschema@.bpchar_ops using gin add operator 2 <=(character,character);
alter operator family @extschema@.bpchar_ops using gin add operator 3 =(character,character);
alter operator family @extschema@.bpchar_ops using gin add operator 4 >=(character,character);
alter operator family @extschema@.bpchar_ops using gin add operator 5 >(character,character);
alter operator family @extschema@.bpchar_ops using gin add function 1 (character, character) bpcharcmp(character,character);
alter operator family @extschema@.bpchar_ops using gin add function 4 (character, character) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.bpchar_ops using gin add function 5 (character, character) @extschema@.gin_compare_prefix_bpchar(character,character,smallint,internal);
alter operator family @extschema@.bytea_ops using gin add operator 1 <(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add operator 2 <=(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add operator 3 =(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add operator 4 >=(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add operator 5 >(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add function 1 (bytea, bytea) byteacmp(bytea,bytea);
alter operator family @extschema@.bytea_ops using gin add function 4 (bytea, bytea) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.bytea_ops using gin add function 5 (bytea, bytea) @extschema@.gin_compare_prefix_bytea(bytea,bytea,smallint,internal);
alter operator family @extschema@.char_ops using gin add operator 1 <("char","char");
alter operator family @extschema@.char_ops using gin add operator 2 <=("char","char");
alter operator family @extschema@.char_ops using gin add operator 3 =("char","char");
alter operator family @extschema@.char_ops using gin add operator 4 >=("char","char");
alter operator family @extschema@.char_ops using gin add operator 5 >("char","char");
alter operator family @extschema@.char_ops using gin add function 1 ("char", "char") btcharcmp("char","char");
alter operator family @extschema@.char_ops using gin add function 4 ("char", "char") @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.char_ops using gin add function 5 ("char", "char") @extschema@.gin_compare_prefix_char("char","char",smallint,internal);
alter operator family @extschema@.cidr_ops using gin add operator 1 <(inet,inet);
alter operator family @extschema@.cidr_ops using gin add operator 2 <=(inet,inet);
alter operator family @extschema@.cidr_ops using gin add operator 3 =(inet,inet);
alter operator family @extschema@.cidr_ops using gin add operator 4 >=(inet,inet);
alter operator family @extschema@.cidr_ops using gin add operator 5 >(inet,inet);
alter operator family @extschema@.cidr_ops using gin add function 1 (cidr, cidr) network_cmp(inet,inet);
alter operator family @extschema@.cidr_ops using gin add function 4 (cidr, cidr) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.cidr_ops using gin add function 5 (cidr, cidr) @extschema@.gin_compare_prefix_cidr(cidr,cidr,smallint,internal);
alter operator family @extschema@.date_ops using gin add operator 1 <(date,date);
alter operator family @extschema@.date_ops using gin add operator 2 <=(date,date);
alter operator family @extschema@.date_ops using gin add operator 3 =(date,date);
alter operator family @extschema@.date_ops using gin add operator 4 >=(date,date);
alter operator family @extschema@.date_ops using gin add operator 5 >(date,date);
alter operator family @extschema@.date_ops using gin add function 1 (date, date) date_cmp(date,date);
alter operator family @extschema@.date_ops using gin add function 4 (date, date) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.date_ops using gin add function 5 (date, date) @extschema@.gin_compare_prefix_date(date,date,smallint,internal);
alter operator family @extschema@.enum_ops using gin add operator 1 <(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add operator 2 <=(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add operator 3 =(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add operator 4 >=(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add operator 5 >(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add function 1 (anyenum, anyenum) @extschema@.gin_enum_cmp(anyenum,anyenum);
alter operator family @extschema@.enum_ops using gin add function 4 (anyenum, anyenum) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.enum_ops using gin add function 5 (anyenum, anyenum) @extschema@.gin_compare_prefix_anyenum(anyenum,anyenum,smallint,internal);
alter operator family @extschema@.float4_ops using gin add operator 1 <(real,real);
alter operator family @extschema@.float4_ops using gin add operator 2 <=(real,real);
alter operator family @extschema@.float4_ops using gin add operator 3 =(real,real);
alter operator family @extschema@.float4_ops using gin add operator 4 >=(real,real);
alter operator family @extschema@.float4_ops using gin add operator 5 >(real,real);
alter operator family @extschema@.float4_ops using gin add function 1 (real, real) btfloat4cmp(real,real);
alter operator family @extschema@.float4_ops using gin add function 4 (real, real) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.float4_ops using gin add function 5 (real, real) @extschema@.gin_compare_prefix_float4(real,real,smallint,internal);
alter operator family @extschema@.float8_ops using gin add operator 1 <(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add operator 2 <=(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add operator 3 =(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add operator 4 >=(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add operator 5 >(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add function 1 (double precision, double precision) btfloat8cmp(double precision,double precision);
alter operator family @extschema@.float8_ops using gin add function 4 (double precision, double precision) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.float8_ops using gin add function 5 (double precision, double precision) @extschema@.gin_compare_prefix_float8(double precision,double precision,smallint,internal);
alter operator family @extschema@.inet_ops using gin add operator 1 <(inet,inet);
alter operator family @extschema@.inet_ops using gin add operator 2 <=(inet,inet);
alter operator family @extschema@.inet_ops using gin add operator 3 =(inet,inet);
alter operator family @extschema@.inet_ops using gin add operator 4 >=(inet,inet);
alter operator family @extschema@.inet_ops using gin add operator 5 >(inet,inet);
alter operator family @extschema@.inet_ops using gin add function 1 (inet, inet) network_cmp(inet,inet);
alter operator family @extschema@.inet_ops using gin add function 4 (inet, inet) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.inet_ops using gin add function 5 (inet, inet) @extschema@.gin_compare_prefix_inet(inet,inet,smallint,internal);
alter operator family @extschema@.int2_ops using gin add operator 1 <(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add operator 2 <=(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add operator 3 =(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add operator 4 >=(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add operator 5 >(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add function 1 (smallint, smallint) btint2cmp(smallint,smallint);
alter operator family @extschema@.int2_ops using gin add function 4 (smallint, smallint) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.int2_ops using gin add function 5 (smallint, smallint) @extschema@.gin_compare_prefix_int2(smallint,smallint,smallint,internal);
alter operator family @extschema@.int4_ops using gin add operator 1 <(integer,integer);
alter operator family @extschema@.int4_ops using gin add operator 2 <=(integer,integer);
alter operator family @extschema@.int4_ops using gin add operator 3 =(integer,integer);
alter operator family @extschema@.int4_ops using gin add operator 4 >=(integer,integer);
alter operator family @extschema@.int4_ops using gin add operator 5 >(integer,integer);
alter operator family @extschema@.int4_ops using gin add function 1 (integer, integer) btint4cmp(integer,integer);
alter operator family @extschema@.int4_ops using gin add function 4 (integer, integer) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.int4_ops using gin add function 5 (integer, integer) @extschema@.gin_compare_prefix_int4(integer,integer,smallint,internal);
alter operator family @extschema@.int8_ops using gin add operator 1 <(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add operator 2 <=(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add operator 3 =(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add operator 4 >=(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add operator 5 >(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add function 1 (bigint, bigint) btint8cmp(bigint,bigint);
alter operator family @extschema@.int8_ops using gin add function 4 (bigint, bigint) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.int8_ops using gin add function 5 (bigint, bigint) @extschema@.gin_compare_prefix_int8(bigint,bigint,smallint,internal);
alter operator family @extschema@.interval_ops using gin add operator 1 <(interval,interval);
alter operator family @extschema@.interval_ops using gin add operator 2 <=(interval,interval);
alter operator family @extschema@.interval_ops using gin add operator 3 =(interval,interval);
alter operator family @extschema@.interval_ops using gin add operator 4 >=(interval,interval);
alter operator family @extschema@.interval_ops using gin add operator 5 >(interval,interval);
alter operator family @extschema@.interval_ops using gin add function 1 (interval, interval) interval_cmp(interval,interval);
alter operator family @extschema@.interval_ops using gin add function 4 (interval, interval) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.interval_ops using gin add function 5 (interval, interval) @extschema@.gin_compare_prefix_interval(interval,interval,smallint,internal);
alter operator family @extschema@.macaddr8_ops using gin add operator 1 <(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add operator 2 <=(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add operator 3 =(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add operator 4 >=(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add operator 5 >(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add function 1 (macaddr8, macaddr8) macaddr8_cmp(macaddr8,macaddr8);
alter operator family @extschema@.macaddr8_ops using gin add function 4 (macaddr8, macaddr8) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.macaddr8_ops using gin add function 5 (macaddr8, macaddr8) @extschema@.gin_compare_prefix_macaddr8(macaddr8,macaddr8,smallint,internal);
alter operator family @extschema@.macaddr_ops using gin add operator 1 <(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add operator 2 <=(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add operator 3 =(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add operator 4 >=(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add operator 5 >(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add function 1 (macaddr, macaddr) macaddr_cmp(macaddr,macaddr);
alter operator family @extschema@.macaddr_ops using gin add function 4 (macaddr, macaddr) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.macaddr_ops using gin add function 5 (macaddr, macaddr) @extschema@.gin_compare_prefix_macaddr(macaddr,macaddr,smallint,internal);
alter operator family @extschema@.money_ops using gin add operator 1 <(money,money);
alter operator family @extschema@.money_ops using gin add operator 2 <=(money,money);
alter operator family @extschema@.money_ops using gin add operator 3 =(money,money);
alter operator family @extschema@.money_ops using gin add operator 4 >=(money,money);
alter operator family @extschema@.money_ops using gin add operator 5 >(money,money);
alter operator family @extschema@.money_ops using gin add function 1 (money, money) cash_cmp(money,money);
alter operator family @extschema@.money_ops using gin add function 4 (money, money) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.money_ops using gin add function 5 (money, money) @extschema@.gin_compare_prefix_money(money,money,smallint,internal);
alter operator family @extschema@.name_ops using gin add operator 1 <(name,name);
alter operator family @extschema@.name_ops using gin add operator 2 <=(name,name);
alter operator family @extschema@.name_ops using gin add operator 3 =(name,name);
alter operator family @extschema@.name_ops using gin add operator 4 >=(name,name);
alter operator family @extschema@.name_ops using gin add operator 5 >(name,name);
alter operator family @extschema@.name_ops using gin add function 1 (name, name) btnamecmp(name,name);
alter operator family @extschema@.name_ops using gin add function 4 (name, name) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.name_ops using gin add function 5 (name, name) @extschema@.gin_compare_prefix_name(name,name,smallint,internal);
alter operator family @extschema@.numeric_ops using gin add operator 1 <(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add operator 2 <=(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add operator 3 =(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add operator 4 >=(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add operator 5 >(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add function 1 (numeric, numeric) @extschema@.gin_numeric_cmp(numeric,numeric);
alter operator family @extschema@.numeric_ops using gin add function 4 (numeric, numeric) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.numeric_ops using gin add function 5 (numeric, numeric) @extschema@.gin_compare_prefix_numeric(numeric,numeric,smallint,internal);
alter operator family @extschema@.oid_ops using gin add operator 1 <(oid,oid);
alter operator family @extschema@.oid_ops using gin add operator 2 <=(oid,oid);
alter operator family @extschema@.oid_ops using gin add operator 3 =(oid,oid);
alter operator family @extschema@.oid_ops using gin add operator 4 >=(oid,oid);
alter operator family @extschema@.oid_ops using gin add operator 5 >(oid,oid);
alter operator family @extschema@.oid_ops using gin add function 1 (oid, oid) btoidcmp(oid,oid);
alter operator family @extschema@.oid_ops using gin add function 4 (oid, oid) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.oid_ops using gin add function 5 (oid, oid) @extschema@.gin_compare_prefix_oid(oid,oid,smallint,internal);
alter operator family @extschema@.text_ops using gin add operator 1 <(text,text);
alter operator family @extschema@.text_ops using gin add operator 2 <=(text,text);
alter operator family @extschema@.text_ops using gin add operator 3 =(text,text);
alter operator family @extschema@.text_ops using gin add operator 4 >=(text,text);
alter operator family @extschema@.text_ops using gin add operator 5 >(text,text);
alter operator family @extschema@.text_ops using gin add function 1 (text, text) bttextcmp(text,text);
alter operator family @extschema@.text_ops using gin add function 4 (text, text) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.text_ops using gin add function 5 (text, text) @extschema@.gin_compare_prefix_text(text,text,smallint,internal);
alter operator family @extschema@.time_ops using gin add operator 1 <(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add operator 2 <=(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add operator 3 =(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add operator 4 >=(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add operator 5 >(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add function 1 (time without time zone, time without time zone) time_cmp(time without time zone,time without time zone);
alter operator family @extschema@.time_ops using gin add function 4 (time without time zone, time without time zone) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.time_ops using gin add function 5 (time without time zone, time without time zone) @extschema@.gin_compare_prefix_time(time without time zone,time without time zone,smallint,internal);
alter operator family @extschema@.timestamp_ops using gin add operator 1 <(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add operator 2 <=(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add operator 3 =(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add operator 4 >=(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add operator 5 >(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add function 1 (timestamp without time zone, timestamp without time zone) timestamp_cmp(timestamp without time zone,timestamp without time zone);
alter operator family @extschema@.timestamp_ops using gin add function 4 (timestamp without time zone, timestamp without time zone) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.timestamp_ops using gin add function 5 (timestamp without time zone, timestamp without time zone) @extschema@.gin_compare_prefix_timestamp(timestamp without time zone,timestamp without time zone,smallint,internal);
alter operator family @extschema@.timestamptz_ops using gin add operator 1 <(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add operator 2 <=(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add operator 3 =(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add operator 4 >=(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add operator 5 >(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add function 1 (timestamp with time zone, timestamp with time zone) timestamptz_cmp(timestamp with time zone,timestamp with time zone);
alter operator family @extschema@.timestamptz_ops using gin add function 4 (timestamp with time zone, timestamp with time zone) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.timestamptz_ops using gin add function 5 (timestamp with time zone, timestamp with time zone) @extschema@.gin_compare_prefix_timestamptz(timestamp with time zone,timestamp with time zone,smallint,internal);
alter operator family @extschema@.timetz_ops using gin add operator 1 <(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add operator 2 <=(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add operator 3 =(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add operator 4 >=(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add operator 5 >(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add function 1 (time with time zone, time with time zone) timetz_cmp(time with time zone,time with time zone);
alter operator family @extschema@.timetz_ops using gin add function 4 (time with time zone, time with time zone) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.timetz_ops using gin add function 5 (time with time zone, time with time zone) @extschema@.gin_compare_prefix_timetz(time with time zone,time with time zone,smallint,internal);
alter operator family @extschema@.uuid_ops using gin add operator 1 <(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add operator 2 <=(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add operator 3 =(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add operator 4 >=(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add operator 5 >(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add function 1 (uuid, uuid) uuid_cmp(uuid,uuid);
alter operator family @extschema@.uuid_ops using gin add function 4 (uuid, uuid) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.uuid_ops using gin add function 5 (uuid, uuid) @extschema@.gin_compare_prefix_uuid(uuid,uuid,smallint,internal);
alter operator family @extschema@.varbit_ops using gin add operator 1 <(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add operator 2 <=(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add operator 3 =(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add operator 4 >=(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add operator 5 >(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add function 1 (bit varying, bit varying) varbitcmp(bit varying,bit varying);
alter operator family @extschema@.varbit_ops using gin add function 4 (bit varying, bit varying) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.varbit_ops using gin add function 5 (bit varying, bit varying) @extschema@.gin_compare_prefix_varbit(bit varying,bit varying,smallint,internal);
alter operator family @extschema@.varchar_ops using gin add operator 1 <(text,text);
alter operator family @extschema@.varchar_ops using gin add operator 2 <=(text,text);
alter operator family @extschema@.varchar_ops using gin add operator 3 =(text,text);
alter operator family @extschema@.varchar_ops using gin add operator 4 >=(text,text);
alter operator family @extschema@.varchar_ops using gin add operator 5 >(text,text);
alter operator family @extschema@.varchar_ops using gin add function 1 (character varying, character varying) bttextcmp(text,text);
alter operator family @extschema@.varchar_ops using gin add function 4 (character varying, character varying) @extschema@.gin_btree_consistent(internal,smallint,anyelement,integer,internal,internal);
alter operator family @extschema@.varchar_ops using gin add function 5 (character varying, character varying) @extschema@.gin_compare_prefix_text(text,text,smallint,internal);
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
    where e.extname = 'btree_gin' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'btree_gin';
