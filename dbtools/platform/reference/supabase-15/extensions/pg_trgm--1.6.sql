-- pg_trgm 1.6, for any schema.
create type @extschema@.gtrgm;
CREATE FUNCTION @extschema@.set_limit(real)
 RETURNS real
STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'set_limit'
--or STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no set_limit'; end$s$
;
CREATE FUNCTION @extschema@.show_limit()
 RETURNS real
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'show_limit'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no show_limit'; end$s$
;
CREATE FUNCTION @extschema@.show_trgm(text)
 RETURNS text[]
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'show_trgm'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no show_trgm'; end$s$
;
CREATE FUNCTION @extschema@.similarity(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'similarity'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no similarity'; end$s$
;
CREATE FUNCTION @extschema@.similarity_op(text, text)
 RETURNS boolean
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'similarity_op'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no similarity_op'; end$s$
;
create operator @extschema@.% (function = @extschema@.similarity_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.%), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.word_similarity(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'word_similarity'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no word_similarity'; end$s$
;
CREATE FUNCTION @extschema@.word_similarity_op(text, text)
 RETURNS boolean
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'word_similarity_op'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no word_similarity_op'; end$s$
;
CREATE FUNCTION @extschema@.word_similarity_commutator_op(text, text)
 RETURNS boolean
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'word_similarity_commutator_op'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no word_similarity_commutator_op'; end$s$
;
create operator @extschema@.%> (function = @extschema@.word_similarity_commutator_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<%), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.<% (function = @extschema@.word_similarity_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.%>), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.similarity_dist(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'similarity_dist'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no similarity_dist'; end$s$
;
create operator @extschema@.<-> (function = @extschema@.similarity_dist, leftarg = text, rightarg = text, commutator = operator(@extschema@.<->));
CREATE FUNCTION @extschema@.word_similarity_dist_op(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'word_similarity_dist_op'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no word_similarity_dist_op'; end$s$
;
CREATE FUNCTION @extschema@.word_similarity_dist_commutator_op(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'word_similarity_dist_commutator_op'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no word_similarity_dist_commutator_op'; end$s$
;
create operator @extschema@.<->> (function = @extschema@.word_similarity_dist_commutator_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<<->));
create operator @extschema@.<<-> (function = @extschema@.word_similarity_dist_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<->>));
CREATE FUNCTION @extschema@.gtrgm_in(cstring)
 RETURNS @extschema@.gtrgm
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_in'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textin'
;
CREATE FUNCTION @extschema@.gtrgm_out(@extschema@.gtrgm)
 RETURNS cstring
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_out'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'textout'
;
create type @extschema@.gtrgm (input = @extschema@.gtrgm_in, output = @extschema@.gtrgm_out,
internallength = variable, alignment = int4, storage = plain
--or internallength = variable, alignment = int4, storage = extended
, category = 'U', delimiter = ',');
CREATE FUNCTION @extschema@.gtrgm_consistent(internal, text, smallint, oid, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_distance(internal, text, smallint, oid, internal)
 RETURNS double precision
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_distance'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_compress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_compress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_decompress(internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_decompress'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_penalty(internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_penalty'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_picksplit(internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_picksplit'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_union(internal, internal)
 RETURNS @extschema@.gtrgm
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_union'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gtrgm_same(@extschema@.gtrgm, @extschema@.gtrgm, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_same'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gist_trgm_ops using gist;
create operator class @extschema@.gist_trgm_ops for type text using gist family @extschema@.gist_trgm_ops as function 1 (text, text) @extschema@.gtrgm_consistent(internal,text,smallint,oid,internal), function 2 (text, text) @extschema@.gtrgm_union(internal,internal), function 5 (text, text) @extschema@.gtrgm_penalty(internal,internal,internal), function 6 (text, text) @extschema@.gtrgm_picksplit(internal,internal), function 7 (text, text) @extschema@.gtrgm_same(@extschema@.gtrgm,@extschema@.gtrgm,internal), storage @extschema@.gtrgm;
CREATE FUNCTION @extschema@.gin_extract_value_trgm(text, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gin_extract_value_trgm'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_extract_query_trgm(text, internal, smallint, internal, internal, internal, internal)
 RETURNS internal
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gin_extract_query_trgm'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.gin_trgm_consistent(internal, smallint, text, integer, internal, internal, internal, internal)
 RETURNS boolean
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gin_trgm_consistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
create operator family @extschema@.gin_trgm_ops using gin;
create operator class @extschema@.gin_trgm_ops for type text using gin family @extschema@.gin_trgm_ops as function 2 (text, text) @extschema@.gin_extract_value_trgm(text,internal), function 3 (text, text) @extschema@.gin_extract_query_trgm(text,internal,smallint,internal,internal,internal,internal), storage integer;
CREATE FUNCTION @extschema@.gin_trgm_triconsistent(internal, smallint, text, integer, internal, internal, internal)
 RETURNS "char"
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gin_trgm_triconsistent'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE internal AS 'internal_in'
;
CREATE FUNCTION @extschema@.strict_word_similarity(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'strict_word_similarity'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no strict_word_similarity'; end$s$
;
CREATE FUNCTION @extschema@.strict_word_similarity_op(text, text)
 RETURNS boolean
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'strict_word_similarity_op'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no strict_word_similarity_op'; end$s$
;
CREATE FUNCTION @extschema@.strict_word_similarity_commutator_op(text, text)
 RETURNS boolean
STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'strict_word_similarity_commutator_op'
--or STABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no strict_word_similarity_commutator_op'; end$s$
;
create operator @extschema@.%>> (function = @extschema@.strict_word_similarity_commutator_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<<%), restrict = matchingsel, join = matchingjoinsel);
create operator @extschema@.<<% (function = @extschema@.strict_word_similarity_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.%>>), restrict = matchingsel, join = matchingjoinsel);
CREATE FUNCTION @extschema@.strict_word_similarity_dist_op(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'strict_word_similarity_dist_op'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no strict_word_similarity_dist_op'; end$s$
;
CREATE FUNCTION @extschema@.strict_word_similarity_dist_commutator_op(text, text)
 RETURNS real
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'strict_word_similarity_dist_commutator_op'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pg_trgm has no strict_word_similarity_dist_commutator_op'; end$s$
;
create operator @extschema@.<->>> (function = @extschema@.strict_word_similarity_dist_commutator_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<<<->));
create operator @extschema@.<<<-> (function = @extschema@.strict_word_similarity_dist_op, leftarg = text, rightarg = text, commutator = operator(@extschema@.<->>>));
CREATE FUNCTION @extschema@.gtrgm_options(internal)
 RETURNS void
IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/pg_trgm', 'gtrgm_options'
--or IMMUTABLE PARALLEL SAFE COST 1 LANGUAGE internal AS 'gtsvector_options'
;
alter operator family @extschema@.gin_trgm_ops using gin add operator 1 @extschema@.%(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 3 ~~(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 4 ~~*(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 5 ~(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 6 ~*(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 7 @extschema@.%>(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 9 @extschema@.%>>(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add operator 11 =(text,text);
alter operator family @extschema@.gin_trgm_ops using gin add function 1 (text, text) btint4cmp(integer,integer);
alter operator family @extschema@.gin_trgm_ops using gin add function 4 (text, text) @extschema@.gin_trgm_consistent(internal,smallint,text,integer,internal,internal,internal,internal);
alter operator family @extschema@.gin_trgm_ops using gin add function 6 (text, text) @extschema@.gin_trgm_triconsistent(internal,smallint,text,integer,internal,internal,internal);
alter operator family @extschema@.gist_trgm_ops using gist add operator 1 @extschema@.%(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 2 @extschema@.<->(text,text) for order by pg_catalog.float_ops;
alter operator family @extschema@.gist_trgm_ops using gist add operator 3 ~~(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 4 ~~*(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 5 ~(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 6 ~*(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 7 @extschema@.%>(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 8 @extschema@.<->>(text,text) for order by pg_catalog.float_ops;
alter operator family @extschema@.gist_trgm_ops using gist add operator 9 @extschema@.%>>(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add operator 10 @extschema@.<->>>(text,text) for order by pg_catalog.float_ops;
alter operator family @extschema@.gist_trgm_ops using gist add operator 11 =(text,text);
alter operator family @extschema@.gist_trgm_ops using gist add function 3 (text, text) @extschema@.gtrgm_compress(internal);
alter operator family @extschema@.gist_trgm_ops using gist add function 4 (text, text) @extschema@.gtrgm_decompress(internal);
alter operator family @extschema@.gist_trgm_ops using gist add function 8 (text, text) @extschema@.gtrgm_distance(internal,text,smallint,oid,internal);
alter operator family @extschema@.gist_trgm_ops using gist add function 10 (text, text) @extschema@.gtrgm_options(internal);
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
    where e.extname = 'pg_trgm' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'pg_trgm';
