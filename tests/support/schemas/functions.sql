-- Overloads, every kind of body, and who may call what.
create schema private;
set check_function_bodies = off;

create table public.accounts (id integer primary key, tags text[]);

create function public.area(a integer) returns integer language sql immutable as 'select a * a';
create function public.area(a integer, b integer) returns integer language sql immutable strict parallel safe as 'select a * b';
create function public.area(a text default 'x', variadic b numeric[] default '{}') returns text language sql stable
cost 5 as 'select a || b::text';
revoke execute on function public.area(integer, integer) from public, anon, authenticated, service_role;
grant execute on function public.area(integer, integer) to service_role with grant option;
revoke execute on function public.area(text, numeric[]) from public;

create function public.standard_body(a integer) returns integer language sql
begin atomic
  select a + 1;
  select public.area(a);
end;
create function public.standard_return(a integer) returns setof public.accounts language sql rows 7
begin atomic select accounts.id, accounts.tags from public.accounts where accounts.id = a; end;
create function public.several(a integer, out b text, inout c integer) language sql as $$ select 'x', c $$;
create function public.as_table(a integer) returns table (x integer, y text) language sql security definer
set search_path = '' set statement_timeout = '3s' as 'select 1, ''y''';

-- A body that does not compile, and one that looks like a dump.
create function public.broken() returns void language sql as 'select * from nowhere.at_all';
create function public.looks_like_a_dump() returns text language plpgsql as $outer$
begin
  return $$
--
-- Name: x; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE x ();
SET default_table_access_method = other;

--
-- PostgreSQL database dump complete
--

\restrict something
\unrestrict something
$$;
end
$outer$;

create procedure public.do_it(inout a integer default 1) language plpgsql as $$ begin commit; end $$;
create function private.helper() returns uuid language sql as 'select gen_random_uuid()';
create function public.with_default(a uuid default private.helper()) returns uuid language sql as 'select a';

create function public.gather(state integer[], value integer) returns integer[] language sql as 'select state || value';
create aggregate public.collected(integer) (sfunc = public.gather, stype = integer[], initcond = '{}');
comment on function public.area(integer) is 'a square';
comment on aggregate public.collected(integer) is 'all of them';
comment on procedure public.do_it(integer) is 'it''s done with \ and $$';
