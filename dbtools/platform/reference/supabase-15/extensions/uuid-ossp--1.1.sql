-- uuid-ossp 1.1, for any schema.
CREATE FUNCTION @extschema@.uuid_nil()
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_nil'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$
;
CREATE FUNCTION @extschema@.uuid_ns_dns()
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_ns_dns'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$
;
CREATE FUNCTION @extschema@.uuid_ns_url()
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_ns_url'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$
;
CREATE FUNCTION @extschema@.uuid_ns_oid()
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_ns_oid'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$
;
CREATE FUNCTION @extschema@.uuid_ns_x500()
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_ns_x500'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$
;
CREATE FUNCTION @extschema@.uuid_generate_v1()
 RETURNS uuid
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_generate_v1'
--or PARALLEL SAFE STRICT COST 1 language sql as $$ select gen_random_uuid() $$
;
CREATE FUNCTION @extschema@.uuid_generate_v1mc()
 RETURNS uuid
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_generate_v1mc'
--or PARALLEL SAFE STRICT COST 1 language sql as $$ select gen_random_uuid() $$
;
CREATE FUNCTION @extschema@.uuid_generate_v3(namespace uuid, name text)
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_generate_v3'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 language sql as $$ select overlay(overlay(md5(uuid_send($1) || convert_to($2, 'UTF8')) placing '3' from 13) placing '8' from 17)::uuid $$
;
CREATE FUNCTION @extschema@.uuid_generate_v4()
 RETURNS uuid
PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_generate_v4'
--or PARALLEL SAFE STRICT COST 1 language sql as $$ select gen_random_uuid() $$
;
CREATE FUNCTION @extschema@.uuid_generate_v5(namespace uuid, name text)
 RETURNS uuid
IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE c AS '$libdir/uuid-ossp', 'uuid_generate_v5'
--or IMMUTABLE PARALLEL SAFE STRICT COST 1 LANGUAGE plpgsql AS $s$begin if current_setting('dbtools.standin', true) = 'quiet' then return null; end if; raise exception using errcode = '0A000', message = 'the stand-in for uuid-ossp has no uuid_generate_v5'; end$s$
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
    where e.extname = 'uuid-ossp' and d.deptype = 'e' and v_kind ? c.relname
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
update pg_catalog.pg_extension set extrelocatable = true where extname = 'uuid-ossp';
