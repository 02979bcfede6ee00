-- What is closed must stay closed, and no default of the target's may open it.
create schema private;
create schema api;
grant usage on schema api to anon, authenticated;
grant all on schema api to service_role with grant option;
create type public.secret as enum ('a');
revoke usage on type public.secret from public;
grant usage on type public.secret to authenticated;

create table public.open (id integer);
create table public.closed (id integer, name text, hidden text);
revoke all on public.closed from anon, authenticated, service_role;
grant select (id, name), update (name) on public.closed to authenticated;
grant select (id) on public.closed to service_role with grant option;
create table public.half (id integer generated always as identity);
revoke truncate, trigger, references on public.half from anon, authenticated;
revoke update on sequence public.half_id_seq from anon;
create table private.inner (id serial);
grant select on private.inner to service_role;
create table public.not_even_the_owner (id integer);
revoke insert, truncate on public.not_even_the_owner from postgres;
create function public.closed() returns void language sql as '';
revoke all on function public.closed() from public, anon, authenticated, service_role, postgres;
create function public.for_all() returns void language sql as '';
revoke all on function public.for_all() from anon, authenticated, service_role;

alter table public.closed enable row level security;
create policy restrict on public.closed as restrictive for select to anon, authenticated using (id > 0);
create policy "all of ""them""" on public.closed using (true) with check (name is not null);
-- A policy on a table without row level security says something as soon as that is switched on.
create policy sleeping on public.open for insert to service_role with check (id in (select c.id from public.closed as c));

alter default privileges in schema public revoke all on tables from anon;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
alter default privileges in schema api grant select on tables to anon with grant option;
alter default privileges revoke execute on functions from public;
alter default privileges grant usage on types to anon;
alter default privileges grant usage on schemas to anon;
revoke usage on schema public from service_role;
revoke usage on schema public from public;
grant create on schema public to authenticated;
