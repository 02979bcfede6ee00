-- What only a hosted platform has, and what no baseline captures.
alter role mut_far login;
do $$ begin
  if current_setting('server_version_num')::int >= 150000 then
    alter view v set (security_invoker = true);
  end if;
end $$;
grant mut_a to authenticator;
create extension pg_trgm with schema extensions;
create table mixed (own int) inherits (mp);
alter table mp add later int;
alter table far disable trigger all;
create user mapping for mut_a server s options (password 'secret');
create trusted language la handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
grant create on database {database} to mut_a;
grant all on language la to mut_a;
comment on language la is 'one';
insert into pg_seclabel values ('m.t'::regclass::oid, 'pg_class'::regclass::oid, 0, 'dummy', 'one');
