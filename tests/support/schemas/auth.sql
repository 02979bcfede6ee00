-- What projects of some age have made of the platform's own schemas.
create role reporting nologin;
create type extensions.flavour as enum ('sweet', 'sour');
create function auth.tenant() returns uuid language sql stable as $$ select (auth.jwt() ->> 'tenant')::uuid $$;
revoke execute on function auth.tenant() from public;
grant execute on function auth.tenant() to authenticated;
create aggregate extensions.joined(text) (sfunc = textcat, stype = text, initcond = '');
create operator extensions.=~= (leftarg = text, rightarg = text, function = texteq);

alter table auth.users add column nickname text default 'nobody', add column score integer not null default 0;
alter table auth.users add constraint nickname_is_short check (length(nickname) < 30);
create index users_by_nickname on auth.users (lower(nickname));
grant select on auth.users to reporting;
grant select (id, email) on auth.users to authenticated;
create extension pg_cron;
grant usage on schema cron to reporting;
revoke delete, truncate on storage.objects from anon;
revoke all on storage.buckets from authenticated;

create table extensions.mine (id integer generated always as identity primary key, what extensions.flavour);
alter table extensions.mine enable row level security;
create policy seen on extensions.mine for select to authenticated using (id > 0);
create index mine_by_what on extensions.mine (what) where what is not null;
create table public.dishes (tenant uuid default auth.tenant(), mine integer references extensions.mine (id));
create policy own on public.dishes using (tenant = auth.tenant());
create view extensions.of_mine as select id from extensions.mine;
create view public.nicknames as select id, nickname from auth.users;
comment on function auth.tenant() is 'who asks';
comment on policy seen on extensions.mine is 'two
lines';
create policy "names" on storage.objects for select to reporting using (true);
comment on policy "names" on storage.objects is 'two
lines';
