-- citext 1.6, for any schema.
create type @extschema@.citext;
CREATE FUNCTION @extschema@.citextin(cstring)
 RETURNS @extschema@.citext
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$textin$function$;
CREATE FUNCTION @extschema@.citextout(@extschema@.citext)
 RETURNS cstring
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$textout$function$;
CREATE FUNCTION @extschema@.citextrecv(internal)
 RETURNS @extschema@.citext
 LANGUAGE internal
 STABLE PARALLEL SAFE STRICT
AS $function$textrecv$function$;
CREATE FUNCTION @extschema@.citextsend(@extschema@.citext)
 RETURNS bytea
 LANGUAGE internal
 STABLE PARALLEL SAFE STRICT
AS $function$textsend$function$;
create type @extschema@.citext (input = @extschema@.citextin, output = @extschema@.citextout, receive = @extschema@.citextrecv, send = @extschema@.citextsend,
internallength = variable, alignment = int4, storage = extended
--or internallength = variable, alignment = int4, storage = extended
, category = 'S', delimiter = ',', collatable = true);
CREATE FUNCTION @extschema@.citext(character)
 RETURNS @extschema@.citext
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$rtrim1$function$;
CREATE FUNCTION @extschema@.citext(boolean)
 RETURNS @extschema@.citext
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$booltext$function$;
CREATE FUNCTION @extschema@.citext(inet)
 RETURNS @extschema@.citext
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$network_show$function$;
create cast (@extschema@.citext as text) without function as implicit;
create cast (@extschema@.citext as character varying) without function as implicit;
create cast (@extschema@.citext as character) without function as assignment;
create cast (text as @extschema@.citext) without function as assignment;
create cast (character varying as @extschema@.citext) without function as assignment;
create cast (character as @extschema@.citext) with function @extschema@.citext(character) as assignment;
create cast (boolean as @extschema@.citext) with function @extschema@.citext(boolean) as assignment;
create cast (inet as @extschema@.citext) with function @extschema@.citext(inet) as assignment;
CREATE FUNCTION @extschema@.citext_eq(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_eq'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) = lower($2::text) $$
;
CREATE FUNCTION @extschema@.citext_ne(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_ne'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) <> lower($2::text) $$
;
CREATE FUNCTION @extschema@.citext_lt(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_lt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) < lower($2::text) $$
;
CREATE FUNCTION @extschema@.citext_le(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_le'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) <= lower($2::text) $$
;
CREATE FUNCTION @extschema@.citext_gt(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_gt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) > lower($2::text) $$
;
CREATE FUNCTION @extschema@.citext_ge(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_ge'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select lower($1::text) >= lower($2::text) $$
;
create operator @extschema@.<> (function = @extschema@.citext_ne, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.<>), negator = operator(@extschema@.=), restrict = neqsel, join = neqjoinsel);
create operator @extschema@.= (function = @extschema@.citext_eq, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.=), negator = operator(@extschema@.<>), restrict = eqsel, join = eqjoinsel, hashes, merges);
create operator @extschema@.> (function = @extschema@.citext_gt, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.<), negator = operator(@extschema@.<=), restrict = scalargtsel, join = scalargtjoinsel);
create operator @extschema@.>= (function = @extschema@.citext_ge, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.<=), negator = operator(@extschema@.<), restrict = scalargesel, join = scalargejoinsel);
create operator @extschema@.< (function = @extschema@.citext_lt, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.>), negator = operator(@extschema@.>=), restrict = scalarltsel, join = scalarltjoinsel);
create operator @extschema@.<= (function = @extschema@.citext_le, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.>=), negator = operator(@extschema@.>), restrict = scalarlesel, join = scalarlejoinsel);
CREATE FUNCTION @extschema@.citext_cmp(@extschema@.citext, @extschema@.citext)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_cmp'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select bttextcmp(lower($1::text), lower($2::text)) $$
;
CREATE FUNCTION @extschema@.citext_hash(@extschema@.citext)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_hash'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select hashtext(lower($1::text)) $$
;
create operator family @extschema@.citext_ops using btree;
create operator class @extschema@.citext_ops default for type @extschema@.citext using btree family @extschema@.citext_ops as operator 1 @extschema@.<(@extschema@.citext,@extschema@.citext), operator 2 @extschema@.<=(@extschema@.citext,@extschema@.citext), operator 3 @extschema@.=(@extschema@.citext,@extschema@.citext), operator 4 @extschema@.>=(@extschema@.citext,@extschema@.citext), operator 5 @extschema@.>(@extschema@.citext,@extschema@.citext), function 1 (@extschema@.citext, @extschema@.citext) @extschema@.citext_cmp(@extschema@.citext,@extschema@.citext);
create operator family @extschema@.citext_ops using hash;
create operator class @extschema@.citext_ops default for type @extschema@.citext using hash family @extschema@.citext_ops as operator 1 @extschema@.=(@extschema@.citext,@extschema@.citext), function 1 (@extschema@.citext, @extschema@.citext) @extschema@.citext_hash(@extschema@.citext);
CREATE FUNCTION @extschema@.citext_smaller(@extschema@.citext, @extschema@.citext)
 RETURNS @extschema@.citext
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_smaller'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for citext has no citext_smaller'; end$s$
;
CREATE FUNCTION @extschema@.citext_larger(@extschema@.citext, @extschema@.citext)
 RETURNS @extschema@.citext
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_larger'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for citext has no citext_larger'; end$s$
;
create aggregate @extschema@.min(@extschema@.citext) (sfunc = @extschema@.citext_smaller, stype = @extschema@.citext, combinefunc = @extschema@.citext_smaller, sortop = operator(@extschema@.<), parallel = safe);
create aggregate @extschema@.max(@extschema@.citext) (sfunc = @extschema@.citext_larger, stype = @extschema@.citext, combinefunc = @extschema@.citext_larger, sortop = operator(@extschema@.>), parallel = safe);
CREATE FUNCTION @extschema@.texticlike(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticlike$function$;
CREATE FUNCTION @extschema@.texticnlike(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticnlike$function$;
CREATE FUNCTION @extschema@.texticregexeq(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticregexeq$function$;
CREATE FUNCTION @extschema@.texticregexne(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticregexne$function$;
create operator @extschema@.!~ (function = @extschema@.texticregexne, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.~), restrict = icregexnesel, join = icregexnejoinsel);
create operator @extschema@.~ (function = @extschema@.texticregexeq, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.!~), restrict = icregexeqsel, join = icregexeqjoinsel);
create operator @extschema@.!~* (function = @extschema@.texticregexne, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.~*), restrict = icregexnesel, join = icregexnejoinsel);
create operator @extschema@.~* (function = @extschema@.texticregexeq, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.!~*), restrict = icregexeqsel, join = icregexeqjoinsel);
create operator @extschema@.!~~ (function = @extschema@.texticnlike, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.~~), restrict = icnlikesel, join = icnlikejoinsel);
create operator @extschema@.~~ (function = @extschema@.texticlike, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.!~~), restrict = iclikesel, join = iclikejoinsel);
create operator @extschema@.!~~* (function = @extschema@.texticnlike, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.~~*), restrict = icnlikesel, join = icnlikejoinsel);
create operator @extschema@.~~* (function = @extschema@.texticlike, leftarg = @extschema@.citext, rightarg = @extschema@.citext, negator = operator(@extschema@.!~~*), restrict = iclikesel, join = iclikejoinsel);
CREATE FUNCTION @extschema@.texticlike(@extschema@.citext, text)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticlike$function$;
CREATE FUNCTION @extschema@.texticnlike(@extschema@.citext, text)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticnlike$function$;
CREATE FUNCTION @extschema@.texticregexeq(@extschema@.citext, text)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticregexeq$function$;
CREATE FUNCTION @extschema@.texticregexne(@extschema@.citext, text)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$texticregexne$function$;
create operator @extschema@.!~ (function = @extschema@.texticregexne, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.~), restrict = icregexnesel, join = icregexnejoinsel);
create operator @extschema@.~ (function = @extschema@.texticregexeq, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.!~), restrict = icregexeqsel, join = icregexeqjoinsel);
create operator @extschema@.!~* (function = @extschema@.texticregexne, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.~*), restrict = icregexnesel, join = icregexnejoinsel);
create operator @extschema@.~* (function = @extschema@.texticregexeq, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.!~*), restrict = icregexeqsel, join = icregexeqjoinsel);
create operator @extschema@.!~~ (function = @extschema@.texticnlike, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.~~), restrict = icnlikesel, join = icnlikejoinsel);
create operator @extschema@.~~ (function = @extschema@.texticlike, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.!~~), restrict = iclikesel, join = iclikejoinsel);
create operator @extschema@.!~~* (function = @extschema@.texticnlike, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.~~*), restrict = icnlikesel, join = icnlikejoinsel);
create operator @extschema@.~~* (function = @extschema@.texticlike, leftarg = @extschema@.citext, rightarg = text, negator = operator(@extschema@.!~~*), restrict = iclikesel, join = iclikejoinsel);
CREATE FUNCTION @extschema@.regexp_match(@extschema@.citext, @extschema@.citext)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_match( $1::pg_catalog.text, $2::pg_catalog.text, 'i' );
$function$;
CREATE FUNCTION @extschema@.regexp_match(@extschema@.citext, @extschema@.citext, text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_match( $1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN  $3 || 'i' ELSE $3 END );
$function$;
CREATE FUNCTION @extschema@.regexp_matches(@extschema@.citext, @extschema@.citext)
 RETURNS SETOF text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT ROWS 1
AS $function$
    SELECT pg_catalog.regexp_matches( $1::pg_catalog.text, $2::pg_catalog.text, 'i' );
$function$;
CREATE FUNCTION @extschema@.regexp_matches(@extschema@.citext, @extschema@.citext, text)
 RETURNS SETOF text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT ROWS 10
AS $function$
    SELECT pg_catalog.regexp_matches( $1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN  $3 || 'i' ELSE $3 END );
$function$;
CREATE FUNCTION @extschema@.regexp_replace(@extschema@.citext, @extschema@.citext, text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_replace( $1::pg_catalog.text, $2::pg_catalog.text, $3, 'i');
$function$;
CREATE FUNCTION @extschema@.regexp_replace(@extschema@.citext, @extschema@.citext, text, text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_replace( $1::pg_catalog.text, $2::pg_catalog.text, $3, CASE WHEN pg_catalog.strpos($4, 'c') = 0 THEN  $4 || 'i' ELSE $4 END);
$function$;
CREATE FUNCTION @extschema@.regexp_split_to_array(@extschema@.citext, @extschema@.citext)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_split_to_array( $1::pg_catalog.text, $2::pg_catalog.text, 'i' );
$function$;
CREATE FUNCTION @extschema@.regexp_split_to_array(@extschema@.citext, @extschema@.citext, text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_split_to_array( $1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN  $3 || 'i' ELSE $3 END );
$function$;
CREATE FUNCTION @extschema@.regexp_split_to_table(@extschema@.citext, @extschema@.citext)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_split_to_table( $1::pg_catalog.text, $2::pg_catalog.text, 'i' );
$function$;
CREATE FUNCTION @extschema@.regexp_split_to_table(@extschema@.citext, @extschema@.citext, text)
 RETURNS SETOF text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_split_to_table( $1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN  $3 || 'i' ELSE $3 END );
$function$;
CREATE FUNCTION @extschema@.strpos(@extschema@.citext, @extschema@.citext)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.strpos( pg_catalog.lower( $1::pg_catalog.text ), pg_catalog.lower( $2::pg_catalog.text ) );
$function$;
CREATE FUNCTION @extschema@.replace(@extschema@.citext, @extschema@.citext, @extschema@.citext)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.regexp_replace( $1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_catalog.text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), $3::pg_catalog.text, 'gi' );
$function$;
CREATE FUNCTION @extschema@.split_part(@extschema@.citext, @extschema@.citext, integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT (pg_catalog.regexp_split_to_array( $1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_catalog.text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), 'i'))[$3];
$function$;
CREATE FUNCTION @extschema@.translate(@extschema@.citext, @extschema@.citext, text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
    SELECT pg_catalog.translate( pg_catalog.translate( $1::pg_catalog.text, pg_catalog.lower($2::pg_catalog.text), $3), pg_catalog.upper($2::pg_catalog.text), $3);
$function$;
CREATE FUNCTION @extschema@.citext_pattern_lt(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_pattern_lt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'bytealt'
;
CREATE FUNCTION @extschema@.citext_pattern_le(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_pattern_le'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteale'
;
CREATE FUNCTION @extschema@.citext_pattern_gt(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_pattern_gt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteagt'
;
CREATE FUNCTION @extschema@.citext_pattern_ge(@extschema@.citext, @extschema@.citext)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_pattern_ge'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteage'
;
create operator @extschema@.~>~ (function = @extschema@.citext_pattern_gt, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.~<~), negator = operator(@extschema@.~<=~), restrict = scalargtsel, join = scalargtjoinsel);
create operator @extschema@.~>=~ (function = @extschema@.citext_pattern_ge, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.~<=~), negator = operator(@extschema@.~<~), restrict = scalargtsel, join = scalargtjoinsel);
create operator @extschema@.~<~ (function = @extschema@.citext_pattern_lt, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.~>~), negator = operator(@extschema@.~>=~), restrict = scalarltsel, join = scalarltjoinsel);
create operator @extschema@.~<=~ (function = @extschema@.citext_pattern_le, leftarg = @extschema@.citext, rightarg = @extschema@.citext, commutator = operator(@extschema@.~>=~), negator = operator(@extschema@.~>~), restrict = scalarltsel, join = scalarltjoinsel);
CREATE FUNCTION @extschema@.citext_pattern_cmp(@extschema@.citext, @extschema@.citext)
 RETURNS integer
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_pattern_cmp'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'byteacmp'
;
create operator family @extschema@.citext_pattern_ops using btree;
create operator class @extschema@.citext_pattern_ops for type @extschema@.citext using btree family @extschema@.citext_pattern_ops as operator 1 @extschema@.~<~(@extschema@.citext,@extschema@.citext), operator 2 @extschema@.~<=~(@extschema@.citext,@extschema@.citext), operator 3 @extschema@.=(@extschema@.citext,@extschema@.citext), operator 4 @extschema@.~>=~(@extschema@.citext,@extschema@.citext), operator 5 @extschema@.~>~(@extschema@.citext,@extschema@.citext), function 1 (@extschema@.citext, @extschema@.citext) @extschema@.citext_pattern_cmp(@extschema@.citext,@extschema@.citext);
CREATE FUNCTION @extschema@.citext_hash_extended(@extschema@.citext, bigint)
 RETURNS bigint
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/citext', 'citext_hash_extended'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select hashtextextended(lower($1::text), $2) $$
;
alter operator family @extschema@.citext_ops using hash add function 2 (@extschema@.citext, @extschema@.citext) @extschema@.citext_hash_extended(@extschema@.citext,bigint);
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
    where e.extname = 'citext' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'citext';
