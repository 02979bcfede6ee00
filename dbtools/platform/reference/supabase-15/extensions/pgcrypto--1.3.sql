-- pgcrypto 1.3, for any schema.
CREATE FUNCTION @extschema@.digest(text, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_digest'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select case lower($2) when 'md5' then decode(md5($1), 'hex') when 'sha224' then sha224(convert_to($1, 'UTF8')) when 'sha256' then sha256(convert_to($1, 'UTF8')) when 'sha384' then sha384(convert_to($1, 'UTF8')) when 'sha512' then sha512(convert_to($1, 'UTF8')) end $$
;
CREATE FUNCTION @extschema@.digest(bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_digest'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select case lower($2) when 'md5' then decode(md5($1), 'hex') when 'sha224' then sha224($1) when 'sha256' then sha256($1) when 'sha384' then sha384($1) when 'sha512' then sha512($1) end $$
;
CREATE FUNCTION @extschema@.hmac(text, text, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_hmac'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no hmac'; end$s$
;
CREATE FUNCTION @extschema@.hmac(bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_hmac'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no hmac'; end$s$
;
CREATE FUNCTION @extschema@.crypt(text, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_crypt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no crypt'; end$s$
;
CREATE FUNCTION @extschema@.gen_salt(text)
 RETURNS text
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_gen_salt'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no gen_salt'; end$s$
;
CREATE FUNCTION @extschema@.gen_salt(text, integer)
 RETURNS text
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_gen_salt_rounds'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no gen_salt'; end$s$
;
CREATE FUNCTION @extschema@.encrypt(bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_encrypt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no encrypt'; end$s$
;
CREATE FUNCTION @extschema@.decrypt(bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_decrypt'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no decrypt'; end$s$
;
CREATE FUNCTION @extschema@.encrypt_iv(bytea, bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_encrypt_iv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no encrypt_iv'; end$s$
;
CREATE FUNCTION @extschema@.decrypt_iv(bytea, bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_decrypt_iv'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no decrypt_iv'; end$s$
;
CREATE FUNCTION @extschema@.gen_random_bytes(integer)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_random_bytes'
--or PARALLEL SAFE STRICT COST 1 language sql as $$ select substring(decode(string_agg(replace(pg_catalog.gen_random_uuid()::text, '-', ''), ''), 'hex'), 1, $1) from generate_series(0, $1 / 16) $$
;
CREATE FUNCTION @extschema@.gen_random_uuid()
 RETURNS uuid
PARALLEL SAFE COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_random_uuid'
--or PARALLEL SAFE COST 1 language sql as $$ select pg_catalog.gen_random_uuid() $$
;
CREATE FUNCTION @extschema@.pgp_sym_encrypt(text, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_encrypt_text'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_encrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_encrypt_bytea(bytea, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_encrypt_bytea'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_encrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_encrypt(text, text, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_encrypt_text'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_encrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_encrypt_bytea(bytea, text, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_encrypt_bytea'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_encrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_decrypt(bytea, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_decrypt_text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_decrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_decrypt_bytea(bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_decrypt_bytea'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_decrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_decrypt(bytea, text, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_decrypt_text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_decrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_sym_decrypt_bytea(bytea, text, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_sym_decrypt_bytea'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_sym_decrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_encrypt(text, bytea)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_encrypt_text'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_encrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_encrypt_bytea(bytea, bytea)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_encrypt_bytea'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_encrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_encrypt(text, bytea, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_encrypt_text'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_encrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_encrypt_bytea(bytea, bytea, text)
 RETURNS bytea
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_encrypt_bytea'
--or PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_encrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt(bytea, bytea)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt_bytea(bytea, bytea)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_bytea'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt(bytea, bytea, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt_bytea(bytea, bytea, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_bytea'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt(bytea, bytea, text, text)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_text'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt'; end$s$
;
CREATE FUNCTION @extschema@.pgp_pub_decrypt_bytea(bytea, bytea, text, text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_pub_decrypt_bytea'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_pub_decrypt_bytea'; end$s$
;
CREATE FUNCTION @extschema@.pgp_key_id(bytea)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_key_id_w'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_key_id'; end$s$
;
CREATE FUNCTION @extschema@.armor(bytea)
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_armor'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no armor'; end$s$
;
CREATE FUNCTION @extschema@.armor(bytea, text[], text[])
 RETURNS text
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_armor'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no armor'; end$s$
;
CREATE FUNCTION @extschema@.dearmor(text)
 RETURNS bytea
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pg_dearmor'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no dearmor'; end$s$
;
CREATE FUNCTION @extschema@.pgp_armor_headers(text, OUT key text, OUT value text)
 RETURNS SETOF record
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/pgcrypto', 'pgp_armor_headers'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return; end if; raise exception using errcode = '0A000', message = 'the stand-in for pgcrypto has no pgp_armor_headers'; end$s$
;
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
    where e.extname = 'pgcrypto' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'pgcrypto';
