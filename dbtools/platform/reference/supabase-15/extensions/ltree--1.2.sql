-- ltree 1.2, for any schema.
create type @extschema@.ltree;
create type @extschema@.lquery;
create type @extschema@.ltxtquery;
create type @extschema@.ltree_gist;
CREATE FUNCTION @extschema@.ltree_in(cstring)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.ltree_out(@extschema@.ltree)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
CREATE FUNCTION @extschema@.ltreeparentsel(internal, oid, internal, integer)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltreeparentsel'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.ltree_ops using btree;
CREATE FUNCTION @extschema@.lquery_in(cstring)
 RETURNS @extschema@.lquery
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lquery_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.lquery_out(@extschema@.lquery)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lquery_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
CREATE FUNCTION @extschema@.ltxtq_in(cstring)
 RETURNS @extschema@.ltxtquery
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.ltxtq_out(@extschema@.ltxtquery)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
CREATE FUNCTION @extschema@.ltree_gist_in(cstring)
 RETURNS @extschema@.ltree_gist
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_gist_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.ltree_gist_out(@extschema@.ltree_gist)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_gist_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.ltree_gist (input = @extschema@.ltree_gist_in, output = @extschema@.ltree_gist_out,
internallength = variable, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.ltree_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ltree_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ltree_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ltree_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ltree_union(internal, internal)
 RETURNS @extschema@.ltree_gist
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.ltree_same(@extschema@.ltree_gist, @extschema@.ltree_gist, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_ltree_ops using gist;
CREATE FUNCTION @extschema@._ltree_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@._ltree_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@._ltree_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@._ltree_union(internal, internal)
 RETURNS @extschema@.ltree_gist
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@._ltree_same(@extschema@.ltree_gist, @extschema@.ltree_gist, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist__ltree_ops using gist;
CREATE FUNCTION @extschema@.ltree_recv(internal)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_recv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textrecv'
;
CREATE FUNCTION @extschema@.ltree_send(@extschema@.ltree)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_send'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textsend'
;
create type @extschema@.ltree (input = @extschema@.ltree_in, output = @extschema@.ltree_out, receive = @extschema@.ltree_recv, send = @extschema@.ltree_send,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.ltree_cmp(@extschema@.ltree, @extschema@.ltree)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_cmp'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteacmp'
;
CREATE FUNCTION @extschema@.ltree_lt(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_lt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'bytealt'
;
CREATE FUNCTION @extschema@.ltree_le(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_le'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteale'
;
CREATE FUNCTION @extschema@.ltree_eq(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_eq'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteaeq'
;
CREATE FUNCTION @extschema@.ltree_ge(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_ge'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteage'
;
CREATE FUNCTION @extschema@.ltree_gt(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_gt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteagt'
;
CREATE FUNCTION @extschema@.ltree_ne(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_ne'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteane'
;
create operator @extschema@.> (function = @extschema@.ltree_gt, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.<), negator = operator(@extschema@.<=), restrict = scalargtsel, join = scalargtjoinsel);
create operator @extschema@.>= (function = @extschema@.ltree_ge, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.<=), negator = operator(@extschema@.<), restrict = scalargesel, join = scalargejoinsel);
create operator @extschema@.< (function = @extschema@.ltree_lt, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.>), negator = operator(@extschema@.>=), restrict = scalarltsel, join = scalarltjoinsel);
create operator @extschema@.<= (function = @extschema@.ltree_le, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.>=), negator = operator(@extschema@.>), restrict = scalarlesel, join = scalarlejoinsel);
create operator @extschema@.<> (function = @extschema@.ltree_ne, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.<>), negator = operator(@extschema@.=), restrict = neqsel, join = neqjoinsel);
create operator @extschema@.= (function = @extschema@.ltree_eq, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.=), negator = operator(@extschema@.<>), restrict = eqsel, join = eqjoinsel, merges);
CREATE FUNCTION @extschema@.subltree(@extschema@.ltree, integer, integer)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'subltree'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no subltree'; end$s$
;
CREATE FUNCTION @extschema@.subpath(@extschema@.ltree, integer, integer)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'subpath'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no subpath'; end$s$
;
CREATE FUNCTION @extschema@.subpath(@extschema@.ltree, integer)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'subpath'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no subpath'; end$s$
;
CREATE FUNCTION @extschema@.index(@extschema@.ltree, @extschema@.ltree)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_index'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no index'; end$s$
;
CREATE FUNCTION @extschema@.index(@extschema@.ltree, @extschema@.ltree, integer)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_index'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no index'; end$s$
;
CREATE FUNCTION @extschema@.nlevel(@extschema@.ltree)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'nlevel'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no nlevel'; end$s$
;
CREATE FUNCTION @extschema@.ltree2text(@extschema@.ltree)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree2text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree2text'; end$s$
;
CREATE FUNCTION @extschema@.text2ltree(text)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'text2ltree'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no text2ltree'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree[])
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lca'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lca'; end$s$
;
CREATE FUNCTION @extschema@.ltree_isparent(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_isparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree_isparent'; end$s$
;
CREATE FUNCTION @extschema@.ltree_risparent(@extschema@.ltree, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_risparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree_risparent'; end$s$
;
CREATE FUNCTION @extschema@.ltree_addltree(@extschema@.ltree, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_addltree'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree_addltree'; end$s$
;
CREATE FUNCTION @extschema@.ltree_addtext(@extschema@.ltree, text)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_addtext'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree_addtext'; end$s$
;
CREATE FUNCTION @extschema@.ltree_textadd(text, @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_textadd'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltree_textadd'; end$s$
;
create operator @extschema@.<@ (function = @extschema@.ltree_risparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@> (function = @extschema@.ltree_isparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^<@ (function = @extschema@.ltree_risparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.^@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@> (function = @extschema@.ltree_isparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree, commutator = operator(@extschema@.^<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.|| (function = @extschema@.ltree_addltree, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree);
create operator @extschema@.|| (function = @extschema@.ltree_addtext, leftarg = @extschema@.ltree, rightarg = text);
create operator @extschema@.|| (function = @extschema@.ltree_textadd, leftarg = text, rightarg = @extschema@.ltree);
create operator class @extschema@.ltree_ops default for type @extschema@.ltree using btree family @extschema@.ltree_ops as operator 1 @extschema@.<(@extschema@.ltree,@extschema@.ltree), operator 2 @extschema@.<=(@extschema@.ltree,@extschema@.ltree), operator 3 @extschema@.=(@extschema@.ltree,@extschema@.ltree), operator 4 @extschema@.>=(@extschema@.ltree,@extschema@.ltree), operator 5 @extschema@.>(@extschema@.ltree,@extschema@.ltree), function 1 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_cmp(@extschema@.ltree,@extschema@.ltree);
CREATE FUNCTION @extschema@.ltree_consistent(internal, @extschema@.ltree, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator class @extschema@.gist_ltree_ops default for type @extschema@.ltree using gist family @extschema@.gist_ltree_ops as function 1 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_consistent(internal,@extschema@.ltree,smallint,oid,internal), function 2 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_union(internal,internal), function 5 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_penalty(internal,internal,internal), function 6 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_picksplit(internal,internal), function 7 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_same(@extschema@.ltree_gist,@extschema@.ltree_gist,internal), storage @extschema@.ltree_gist;
CREATE FUNCTION @extschema@._ltree_isparent(@extschema@.ltree[], @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_isparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_isparent'; end$s$
;
CREATE FUNCTION @extschema@._ltree_r_isparent(@extschema@.ltree, @extschema@.ltree[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_r_isparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_r_isparent'; end$s$
;
CREATE FUNCTION @extschema@._ltree_risparent(@extschema@.ltree[], @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_risparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_risparent'; end$s$
;
CREATE FUNCTION @extschema@._ltree_r_risparent(@extschema@.ltree, @extschema@.ltree[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_r_risparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_r_risparent'; end$s$
;
create operator @extschema@.<@ (function = @extschema@._ltree_r_isparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@> (function = @extschema@._ltree_isparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@> (function = @extschema@._ltree_r_risparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.<@ (function = @extschema@._ltree_risparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^<@ (function = @extschema@._ltree_r_isparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.^@>), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@> (function = @extschema@._ltree_isparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.^<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@> (function = @extschema@._ltree_r_risparent, leftarg = @extschema@.ltree, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.^<@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^<@ (function = @extschema@._ltree_risparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.^@>), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@._ltree_extract_isparent(@extschema@.ltree[], @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_extract_isparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_extract_isparent'; end$s$
;
create operator @extschema@.?@> (function = @extschema@._ltree_extract_isparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree);
CREATE FUNCTION @extschema@._ltree_extract_risparent(@extschema@.ltree[], @extschema@.ltree)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_extract_risparent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltree_extract_risparent'; end$s$
;
create operator @extschema@.?<@ (function = @extschema@._ltree_extract_risparent, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltree);
CREATE FUNCTION @extschema@._ltree_consistent(internal, @extschema@.ltree[], smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator class @extschema@.gist__ltree_ops default for type @extschema@.ltree[] using gist family @extschema@.gist__ltree_ops as function 1 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_consistent(internal,@extschema@.ltree[],smallint,oid,internal), function 2 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_union(internal,internal), function 5 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_penalty(internal,internal,internal), function 6 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_picksplit(internal,internal), function 7 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_same(@extschema@.ltree_gist,@extschema@.ltree_gist,internal), storage @extschema@.ltree_gist;
CREATE FUNCTION @extschema@.lquery_recv(internal)
 RETURNS @extschema@.lquery
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lquery_recv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textrecv'
;
CREATE FUNCTION @extschema@.lquery_send(@extschema@.lquery)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lquery_send'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textsend'
;
create type @extschema@.lquery (input = @extschema@.lquery_in, output = @extschema@.lquery_out, receive = @extschema@.lquery_recv, send = @extschema@.lquery_send,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.ltq_regex(@extschema@.ltree, @extschema@.lquery)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltq_regex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltq_regex'; end$s$
;
CREATE FUNCTION @extschema@.ltq_rregex(@extschema@.lquery, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltq_rregex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltq_rregex'; end$s$
;
create operator @extschema@.~ (function = @extschema@.ltq_rregex, leftarg = @extschema@.lquery, rightarg = @extschema@.ltree, commutator = operator(@extschema@.~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.~ (function = @extschema@.ltq_regex, leftarg = @extschema@.ltree, rightarg = @extschema@.lquery, commutator = operator(@extschema@.~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^~ (function = @extschema@.ltq_rregex, leftarg = @extschema@.lquery, rightarg = @extschema@.ltree, commutator = operator(@extschema@.^~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^~ (function = @extschema@.ltq_regex, leftarg = @extschema@.ltree, rightarg = @extschema@.lquery, commutator = operator(@extschema@.^~), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.lt_q_regex(@extschema@.ltree, @extschema@.lquery[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lt_q_regex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lt_q_regex'; end$s$
;
CREATE FUNCTION @extschema@.lt_q_rregex(@extschema@.lquery[], @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'lt_q_rregex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no lt_q_rregex'; end$s$
;
create operator @extschema@.? (function = @extschema@.lt_q_rregex, leftarg = @extschema@.lquery[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.? (function = @extschema@.lt_q_regex, leftarg = @extschema@.ltree, rightarg = @extschema@.lquery[], commutator = operator(@extschema@.?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^? (function = @extschema@.lt_q_rregex, leftarg = @extschema@.lquery[], rightarg = @extschema@.ltree, commutator = operator(@extschema@.^?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^? (function = @extschema@.lt_q_regex, leftarg = @extschema@.ltree, rightarg = @extschema@.lquery[], commutator = operator(@extschema@.^?), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@._ltq_regex(@extschema@.ltree[], @extschema@.lquery)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltq_regex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltq_regex'; end$s$
;
CREATE FUNCTION @extschema@._ltq_rregex(@extschema@.lquery, @extschema@.ltree[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltq_rregex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltq_rregex'; end$s$
;
CREATE FUNCTION @extschema@._lt_q_regex(@extschema@.ltree[], @extschema@.lquery[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_lt_q_regex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _lt_q_regex'; end$s$
;
CREATE FUNCTION @extschema@._lt_q_rregex(@extschema@.lquery[], @extschema@.ltree[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_lt_q_rregex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _lt_q_rregex'; end$s$
;
create operator @extschema@.~ (function = @extschema@._ltq_rregex, leftarg = @extschema@.lquery, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.~ (function = @extschema@._ltq_regex, leftarg = @extschema@.ltree[], rightarg = @extschema@.lquery, commutator = operator(@extschema@.~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.? (function = @extschema@._lt_q_rregex, leftarg = @extschema@.lquery[], rightarg = @extschema@.ltree[], commutator = operator(@extschema@.?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.? (function = @extschema@._lt_q_regex, leftarg = @extschema@.ltree[], rightarg = @extschema@.lquery[], commutator = operator(@extschema@.?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^~ (function = @extschema@._ltq_rregex, leftarg = @extschema@.lquery, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.^~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^~ (function = @extschema@._ltq_regex, leftarg = @extschema@.ltree[], rightarg = @extschema@.lquery, commutator = operator(@extschema@.^~), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^? (function = @extschema@._lt_q_rregex, leftarg = @extschema@.lquery[], rightarg = @extschema@.ltree[], commutator = operator(@extschema@.^?), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^? (function = @extschema@._lt_q_regex, leftarg = @extschema@.ltree[], rightarg = @extschema@.lquery[], commutator = operator(@extschema@.^?), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@._ltq_extract_regex(@extschema@.ltree[], @extschema@.lquery)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltq_extract_regex'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltq_extract_regex'; end$s$
;
create operator @extschema@.?~ (function = @extschema@._ltq_extract_regex, leftarg = @extschema@.ltree[], rightarg = @extschema@.lquery);
CREATE FUNCTION @extschema@.ltxtq_recv(internal)
 RETURNS @extschema@.ltxtquery
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_recv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textrecv'
;
CREATE FUNCTION @extschema@.ltxtq_send(@extschema@.ltxtquery)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_send'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textsend'
;
create type @extschema@.ltxtquery (input = @extschema@.ltxtq_in, output = @extschema@.ltxtq_out, receive = @extschema@.ltxtq_recv, send = @extschema@.ltxtq_send,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.ltxtq_exec(@extschema@.ltree, @extschema@.ltxtquery)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_exec'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltxtq_exec'; end$s$
;
CREATE FUNCTION @extschema@.ltxtq_rexec(@extschema@.ltxtquery, @extschema@.ltree)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', 'ltxtq_rexec'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no ltxtq_rexec'; end$s$
;
create operator @extschema@.@ (function = @extschema@.ltxtq_rexec, leftarg = @extschema@.ltxtquery, rightarg = @extschema@.ltree, commutator = operator(@extschema@.@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@ (function = @extschema@.ltxtq_exec, leftarg = @extschema@.ltree, rightarg = @extschema@.ltxtquery, commutator = operator(@extschema@.@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@ (function = @extschema@.ltxtq_rexec, leftarg = @extschema@.ltxtquery, rightarg = @extschema@.ltree, commutator = operator(@extschema@.^@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@ (function = @extschema@.ltxtq_exec, leftarg = @extschema@.ltree, rightarg = @extschema@.ltxtquery, commutator = operator(@extschema@.^@), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@._ltxtq_exec(@extschema@.ltree[], @extschema@.ltxtquery)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltxtq_exec'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltxtq_exec'; end$s$
;
CREATE FUNCTION @extschema@._ltxtq_rexec(@extschema@.ltxtquery, @extschema@.ltree[])
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltxtq_rexec'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltxtq_rexec'; end$s$
;
create operator @extschema@.@ (function = @extschema@._ltxtq_rexec, leftarg = @extschema@.ltxtquery, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.@ (function = @extschema@._ltxtq_exec, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltxtquery, commutator = operator(@extschema@.@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@ (function = @extschema@._ltxtq_rexec, leftarg = @extschema@.ltxtquery, rightarg = @extschema@.ltree[], commutator = operator(@extschema@.^@), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.^@ (function = @extschema@._ltxtq_exec, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltxtquery, commutator = operator(@extschema@.^@), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@._ltxtq_extract_exec(@extschema@.ltree[], @extschema@.ltxtquery)
 RETURNS @extschema@.ltree
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/ltree', '_ltxtq_extract_exec'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for ltree has no _ltxtq_extract_exec'; end$s$
;
create operator @extschema@.?@ (function = @extschema@._ltxtq_extract_exec, leftarg = @extschema@.ltree[], rightarg = @extschema@.ltxtquery);
CREATE FUNCTION @extschema@.ltree_gist_options(internal)
 RETURNS void
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/ltree', 'ltree_gist_options'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE internal AS 'gtsvector_options'
;
CREATE FUNCTION @extschema@._ltree_gist_options(internal)
 RETURNS void
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/ltree', '_ltree_gist_options'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE internal AS 'gtsvector_options'
;
alter operator family @extschema@.gist__ltree_ops using gist add operator 10 @extschema@.<@(@extschema@.ltree[],@extschema@.ltree);
alter operator family @extschema@.gist__ltree_ops using gist add operator 11 @extschema@.@>(@extschema@.ltree,@extschema@.ltree[]);
alter operator family @extschema@.gist__ltree_ops using gist add operator 12 @extschema@.~(@extschema@.ltree[],@extschema@.lquery);
alter operator family @extschema@.gist__ltree_ops using gist add operator 13 @extschema@.~(@extschema@.lquery,@extschema@.ltree[]);
alter operator family @extschema@.gist__ltree_ops using gist add operator 14 @extschema@.@(@extschema@.ltree[],@extschema@.ltxtquery);
alter operator family @extschema@.gist__ltree_ops using gist add operator 15 @extschema@.@(@extschema@.ltxtquery,@extschema@.ltree[]);
alter operator family @extschema@.gist__ltree_ops using gist add operator 16 @extschema@.?(@extschema@.ltree[],@extschema@.lquery[]);
alter operator family @extschema@.gist__ltree_ops using gist add operator 17 @extschema@.?(@extschema@.lquery[],@extschema@.ltree[]);
alter operator family @extschema@.gist__ltree_ops using gist add function 3 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_compress(internal);
alter operator family @extschema@.gist__ltree_ops using gist add function 4 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@.ltree_decompress(internal);
alter operator family @extschema@.gist__ltree_ops using gist add function 10 (@extschema@.ltree[], @extschema@.ltree[]) @extschema@._ltree_gist_options(internal);
alter operator family @extschema@.gist_ltree_ops using gist add operator 1 @extschema@.<(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 2 @extschema@.<=(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 3 @extschema@.=(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 4 @extschema@.>=(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 5 @extschema@.>(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 10 @extschema@.@>(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 11 @extschema@.<@(@extschema@.ltree,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 12 @extschema@.~(@extschema@.ltree,@extschema@.lquery);
alter operator family @extschema@.gist_ltree_ops using gist add operator 13 @extschema@.~(@extschema@.lquery,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 14 @extschema@.@(@extschema@.ltree,@extschema@.ltxtquery);
alter operator family @extschema@.gist_ltree_ops using gist add operator 15 @extschema@.@(@extschema@.ltxtquery,@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add operator 16 @extschema@.?(@extschema@.ltree,@extschema@.lquery[]);
alter operator family @extschema@.gist_ltree_ops using gist add operator 17 @extschema@.?(@extschema@.lquery[],@extschema@.ltree);
alter operator family @extschema@.gist_ltree_ops using gist add function 3 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_compress(internal);
alter operator family @extschema@.gist_ltree_ops using gist add function 4 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_decompress(internal);
alter operator family @extschema@.gist_ltree_ops using gist add function 10 (@extschema@.ltree, @extschema@.ltree) @extschema@.ltree_gist_options(internal);
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
    where e.extname = 'ltree' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'ltree';
