-- What needs what, in an order that no reading of the file would find.
create function public.z_later(a integer) returns integer language sql immutable as 'select a + 1';
create function public.a_sooner(a integer default public.z_later(1)) returns integer language sql immutable as 'select a';
create sequence public.numbers;
create function public.new_code() returns text language sql as $$ select 'c' || nextval('public.numbers') $$;
create type public.state as enum ('on', 'off');
create table public.a_table (
  id integer primary key default public.a_sooner(),
  code text default public.new_code() not null,
  doubled integer generated always as (public.z_later(id)) stored,
  state public.state default 'on' check (public.z_later(1) = 2)
);
create function public.of_table(t public.a_table) returns text language sql stable as 'select t.code';
create view public.a_view as select t.id, public.of_table(t) as text from public.a_table as t;
create function public.of_view() returns setof public.a_view language sql stable as 'select * from public.a_view';
create view public.b_view as select v.id from public.of_view() as v;
create materialized view public.a_copy as select id from public.b_view with no data;
create index a_expression on public.a_table (public.z_later(id)) where public.z_later(id) > 2;
create function public.may_see(i integer) returns boolean language sql stable security definer set search_path = ''
as 'select exists (select from public.a_table as t where t.id = i)';
alter table public.a_table enable row level security;
create policy seen on public.a_table using (public.may_see(id)) with check (id in (select v.id from public.b_view as v));
create table public.left_one (id integer primary key, other integer);
create table public.right_one (id integer primary key, other integer references public.left_one (id));
alter table public.left_one add constraint left_to_right foreign key (other) references public.right_one (id)
deferrable initially deferred;
create unique index right_unique on public.right_one (other, id);
create table public.to_index (a integer, b integer, foreign key (a, b) references public.right_one (other, id) match full);
set check_function_bodies = off;
create function public.ping(n integer) returns integer language sql as 'select case when n > 0 then public.pong(n - 1) end';
create function public.pong(n integer) returns integer language sql as 'select case when n > 0 then public.ping(n - 1) end';
create function public.broken() returns integer language plpgsql as $$ begin return (select missing from nowhere; end $$;
create domain public.checked as integer check (public.z_later(value) > 1);
create table public.of_domain (v public.checked default 4, vs public.checked[]);
create trigger never before update on public.a_table for each row when (public.z_later(old.id) > 3)
execute function suppress_redundant_updates_trigger();
