-- hstore 1.8, for any schema.
create type @extschema@.hstore;
create type @extschema@.ghstore;
CREATE FUNCTION @extschema@.hstore_in(cstring)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.hstore_out(@extschema@.hstore)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
CREATE FUNCTION @extschema@.hstore_recv(internal)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_recv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textrecv'
;
CREATE FUNCTION @extschema@.hstore_send(@extschema@.hstore)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_send'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textsend'
;
create operator family @extschema@.btree_hstore_ops using btree;
create operator family @extschema@.hash_hstore_ops using hash;
CREATE FUNCTION @extschema@.ghstore_in(cstring)
 RETURNS @extschema@.ghstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.ghstore_out(@extschema@.ghstore)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.ghstore (input = @extschema@.ghstore_in, output = @extschema@.ghstore_out,
internallength = variable, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.ghstore_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ghstore_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ghstore_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ghstore_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ghstore_union(internal, internal)
 RETURNS @extschema@.ghstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ghstore_same(@extschema@.ghstore, @extschema@.ghstore, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_hstore_ops using gist;
create operator family @extschema@.gin_hstore_ops using gin;
CREATE FUNCTION @extschema@.ghstore_options(internal)
 RETURNS void
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_options'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE internal AS 'gtsvector_options'
;
CREATE FUNCTION @extschema@.hstore_subscript_handler(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_subscript_handler'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'jsonb_subscript_handler'
;
create type @extschema@.hstore (input = @extschema@.hstore_in, output = @extschema@.hstore_out, receive = @extschema@.hstore_recv, send = @extschema@.hstore_send, subscript = @extschema@.hstore_subscript_handler,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.hstore_version_diag(@extschema@.hstore)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_version_diag'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_version_diag'; end$s$
;
CREATE FUNCTION @extschema@.fetchval(@extschema@.hstore, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_fetchval'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no fetchval'; end$s$
;
create operator @extschema@.-> (function = @extschema@.fetchval, leftarg = @extschema@.hstore, rightarg = text);
CREATE FUNCTION @extschema@.slice_array(@extschema@.hstore, text[])
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_slice_to_array'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no slice_array'; end$s$
;
create operator @extschema@.-> (function = @extschema@.slice_array, leftarg = @extschema@.hstore, rightarg = text[]);
CREATE FUNCTION @extschema@.slice(@extschema@.hstore, text[])
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_slice_to_hstore'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no slice'; end$s$
;
CREATE FUNCTION @extschema@.isexists(@extschema@.hstore, text)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_exists'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no isexists'; end$s$
;
CREATE FUNCTION @extschema@.exist(@extschema@.hstore, text)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_exists'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no exist'; end$s$
;
create operator @extschema@.? (function = @extschema@.exist, leftarg = @extschema@.hstore, rightarg = text, restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.exists_any(@extschema@.hstore, text[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_exists_any'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no exists_any'; end$s$
;
create operator @extschema@.?| (function = @extschema@.exists_any, leftarg = @extschema@.hstore, rightarg = text[], restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.exists_all(@extschema@.hstore, text[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_exists_all'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no exists_all'; end$s$
;
create operator @extschema@.?& (function = @extschema@.exists_all, leftarg = @extschema@.hstore, rightarg = text[], restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.isdefined(@extschema@.hstore, text)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_defined'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no isdefined'; end$s$
;
CREATE FUNCTION @extschema@.defined(@extschema@.hstore, text)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_defined'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no defined'; end$s$
;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, text)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_delete'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no delete'; end$s$
;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, text[])
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_delete_array'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no delete'; end$s$
;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, @extschema@.hstore)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_delete_hstore'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no delete'; end$s$
;
create operator @extschema@.- (function = @extschema@.delete, leftarg = @extschema@.hstore, rightarg = text);
create operator @extschema@.- (function = @extschema@.delete, leftarg = @extschema@.hstore, rightarg = text[]);
create operator @extschema@.- (function = @extschema@.delete, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore);
CREATE FUNCTION @extschema@.hs_concat(@extschema@.hstore, @extschema@.hstore)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_concat'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hs_concat'; end$s$
;
create operator @extschema@.|| (function = @extschema@.hs_concat, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore);
CREATE FUNCTION @extschema@.hs_contains(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_contains'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hs_contains'; end$s$
;
CREATE FUNCTION @extschema@.hs_contained(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_contained'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hs_contained'; end$s$
;
create operator @extschema@.<@ (function = @extschema@.hs_contained, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@> (function = @extschema@.hs_contains, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.<@), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.tconvert(text, text)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_from_text'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no tconvert'; end$s$
;
CREATE FUNCTION @extschema@.hstore(text, text)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_from_text'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore'; end$s$
;
CREATE FUNCTION @extschema@.hstore(text[], text[])
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_from_arrays'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore'; end$s$
;
CREATE FUNCTION @extschema@.hstore(text[])
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_from_array'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore'; end$s$
;
create cast (text[] as @extschema@.hstore) with function @extschema@.hstore(text[]);
CREATE FUNCTION @extschema@.hstore_to_json(@extschema@.hstore)
 RETURNS json
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_json'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_json'; end$s$
;
create cast (@extschema@.hstore as json) with function @extschema@.hstore_to_json(@extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_to_json_loose(@extschema@.hstore)
 RETURNS json
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_json_loose'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_json_loose'; end$s$
;
CREATE FUNCTION @extschema@.hstore_to_jsonb(@extschema@.hstore)
 RETURNS jsonb
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_jsonb'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_jsonb'; end$s$
;
create cast (@extschema@.hstore as jsonb) with function @extschema@.hstore_to_jsonb(@extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_to_jsonb_loose(@extschema@.hstore)
 RETURNS jsonb
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_jsonb_loose'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_jsonb_loose'; end$s$
;
CREATE FUNCTION @extschema@.hstore(record)
 RETURNS @extschema@.hstore
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_from_record'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore'; end$s$
;
CREATE FUNCTION @extschema@.hstore_to_array(@extschema@.hstore)
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_array'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_array'; end$s$
;
create operator @extschema@.%% (function = @extschema@.hstore_to_array, rightarg = @extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_to_matrix(@extschema@.hstore)
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_to_matrix'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_to_matrix'; end$s$
;
create operator @extschema@.%# (function = @extschema@.hstore_to_matrix, rightarg = @extschema@.hstore);
CREATE FUNCTION @extschema@.akeys(@extschema@.hstore)
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_akeys'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no akeys'; end$s$
;
CREATE FUNCTION @extschema@.avals(@extschema@.hstore)
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_avals'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no avals'; end$s$
;
CREATE FUNCTION @extschema@.skeys(@extschema@.hstore)
 RETURNS SETOF text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_skeys'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no skeys'; end$s$
;
CREATE FUNCTION @extschema@.svals(@extschema@.hstore)
 RETURNS SETOF text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_svals'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no svals'; end$s$
;
CREATE FUNCTION @extschema@.each(hs @extschema@.hstore, OUT key text, OUT value text)
 RETURNS SETOF record
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_each'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no each'; end$s$
;
CREATE FUNCTION @extschema@.populate_record(anyelement, @extschema@.hstore)
 RETURNS anyelement
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_populate_record'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no populate_record'; end$s$
;
create operator @extschema@.#= (function = @extschema@.populate_record, leftarg = anyelement, rightarg = @extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_eq(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_eq'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteaeq'
;
CREATE FUNCTION @extschema@.hstore_ne(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_ne'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteane'
;
CREATE FUNCTION @extschema@.hstore_gt(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_gt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteagt'
;
CREATE FUNCTION @extschema@.hstore_ge(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_ge'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteage'
;
CREATE FUNCTION @extschema@.hstore_lt(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_lt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'bytealt'
;
CREATE FUNCTION @extschema@.hstore_le(@extschema@.hstore, @extschema@.hstore)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_le'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteale'
;
CREATE FUNCTION @extschema@.hstore_cmp(@extschema@.hstore, @extschema@.hstore)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_cmp'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteacmp'
;
create operator @extschema@.<> (function = @extschema@.hstore_ne, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.<>), negator = operator(@extschema@.=), restrict = neqsel, join = neqjoinsel);
create operator @extschema@.= (function = @extschema@.hstore_eq, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.=), negator = operator(@extschema@.<>), restrict = eqsel, join = eqjoinsel, hashes, merges);
create operator @extschema@.#># (function = @extschema@.hstore_gt, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.#<#), negator = operator(@extschema@.#<=#), restrict = scalargtsel, join = scalargtjoinsel);
create operator @extschema@.#>=# (function = @extschema@.hstore_ge, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.#<=#), negator = operator(@extschema@.#<#), restrict = scalargesel, join = scalargejoinsel);
create operator @extschema@.#<# (function = @extschema@.hstore_lt, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.#>#), negator = operator(@extschema@.#>=#), restrict = scalarltsel, join = scalarltjoinsel);
create operator @extschema@.#<=# (function = @extschema@.hstore_le, leftarg = @extschema@.hstore, rightarg = @extschema@.hstore, commutator = operator(@extschema@.#>=#), negator = operator(@extschema@.#>#), restrict = scalarlesel, join = scalarlejoinsel);
create operator class @extschema@.btree_hstore_ops default for type @extschema@.hstore using btree family @extschema@.btree_hstore_ops as operator 1 @extschema@.#<#(@extschema@.hstore,@extschema@.hstore), operator 2 @extschema@.#<=#(@extschema@.hstore,@extschema@.hstore), operator 3 @extschema@.=(@extschema@.hstore,@extschema@.hstore), operator 4 @extschema@.#>=#(@extschema@.hstore,@extschema@.hstore), operator 5 @extschema@.#>#(@extschema@.hstore,@extschema@.hstore), function 1 (@extschema@.hstore, @extschema@.hstore) @extschema@.hstore_cmp(@extschema@.hstore,@extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_hash(@extschema@.hstore)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_hash'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'hashvarlena'
;
create operator class @extschema@.hash_hstore_ops default for type @extschema@.hstore using hash family @extschema@.hash_hstore_ops as operator 1 @extschema@.=(@extschema@.hstore,@extschema@.hstore), function 1 (@extschema@.hstore, @extschema@.hstore) @extschema@.hstore_hash(@extschema@.hstore);
CREATE FUNCTION @extschema@.ghstore_consistent(internal, @extschema@.hstore, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'ghstore_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator class @extschema@.gist_hstore_ops default for type @extschema@.hstore using gist family @extschema@.gist_hstore_ops as function 1 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_consistent(internal,@extschema@.hstore,smallint,oid,internal), function 2 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_union(internal,internal), function 5 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_penalty(internal,internal,internal), function 6 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_picksplit(internal,internal), function 7 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_same(@extschema@.ghstore,@extschema@.ghstore,internal), storage @extschema@.ghstore;
CREATE FUNCTION @extschema@.gin_extract_hstore(@extschema@.hstore, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'gin_extract_hstore'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_hstore_query(@extschema@.hstore, internal, smallint, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'gin_extract_hstore_query'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_consistent_hstore(internal, smallint, @extschema@.hstore, integer, internal, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'gin_consistent_hstore'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator class @extschema@.gin_hstore_ops default for type @extschema@.hstore using gin family @extschema@.gin_hstore_ops as function 2 (@extschema@.hstore, @extschema@.hstore) @extschema@.gin_extract_hstore(@extschema@.hstore,internal), function 3 (@extschema@.hstore, @extschema@.hstore) @extschema@.gin_extract_hstore_query(@extschema@.hstore,internal,smallint,internal,internal), storage text;
CREATE FUNCTION @extschema@.hstore_hash_extended(@extschema@.hstore, bigint)
 RETURNS bigint
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/hstore', 'hstore_hash_extended'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for hstore has no hstore_hash_extended'; end$s$
;
alter operator family @extschema@.gin_hstore_ops using gin add operator 7 @extschema@.@>(@extschema@.hstore,@extschema@.hstore);
alter operator family @extschema@.gin_hstore_ops using gin add operator 9 @extschema@.?(@extschema@.hstore,text);
alter operator family @extschema@.gin_hstore_ops using gin add operator 10 @extschema@.?|(@extschema@.hstore,text[]);
alter operator family @extschema@.gin_hstore_ops using gin add operator 11 @extschema@.?&(@extschema@.hstore,text[]);
alter operator family @extschema@.gin_hstore_ops using gin add function 1 (@extschema@.hstore, @extschema@.hstore) bttextcmp(text,text);
alter operator family @extschema@.gin_hstore_ops using gin add function 4 (@extschema@.hstore, @extschema@.hstore) @extschema@.gin_consistent_hstore(internal,smallint,@extschema@.hstore,integer,internal,internal);
alter operator family @extschema@.gist_hstore_ops using gist add operator 7 @extschema@.@>(@extschema@.hstore,@extschema@.hstore);
alter operator family @extschema@.gist_hstore_ops using gist add operator 9 @extschema@.?(@extschema@.hstore,text);
alter operator family @extschema@.gist_hstore_ops using gist add operator 10 @extschema@.?|(@extschema@.hstore,text[]);
alter operator family @extschema@.gist_hstore_ops using gist add operator 11 @extschema@.?&(@extschema@.hstore,text[]);
alter operator family @extschema@.gist_hstore_ops using gist add function 3 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_compress(internal);
alter operator family @extschema@.gist_hstore_ops using gist add function 4 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_decompress(internal);
alter operator family @extschema@.gist_hstore_ops using gist add function 10 (@extschema@.hstore, @extschema@.hstore) @extschema@.ghstore_options(internal);
alter operator family @extschema@.hash_hstore_ops using hash add function 2 (@extschema@.hstore, @extschema@.hstore) @extschema@.hstore_hash_extended(@extschema@.hstore,bigint);
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
    where e.extname = 'hstore' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'hstore';
