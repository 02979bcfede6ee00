-- The schema of the target in the tests of `dbtools plan`: revision 0001.
create schema app;
create extension citext;
grant usage on schema app to anon, authenticated;
create type app.mood as enum ('sad', 'happy');
create domain app.positive as integer;
create table app.users (
  id bigint primary key,
  email text not null,
  name text,
  score integer,
  holes integer,
  legacy text,
  unused text,
  mood app.mood,
  amount numeric(12, 2) not null default 0,
  code varchar(20) not null,
  level app.positive,
  joined timestamptz not null default now()
);
create index users_score on app.users (score);
create index users_name on app.users (name);
create index users_joined on app.users (joined);
alter table app.users add constraint score_known check (score is not null) not valid;
alter table app.users validate constraint score_known;
alter table app.users add constraint positive_later check (score > -1) not valid;
create table app.orders (id bigint primary key, user_id bigint not null, total integer not null, note text);
create table app.items (id bigint primary key, order_id bigint not null references app.orders, quantity integer);
create table app.small (id integer primary key, a integer, b text);
create table app.empty (id integer primary key, a integer, b text);
create table app.hit (id bigint not null, at date not null, n integer) partition by range (at);
create table app.hit_2026 partition of app.hit for values from ('2026-01-01') to ('2027-01-01');
create table app.hit_2027 (id bigint not null, at date not null, n integer);
create table app.hit_2028 (
  id bigint not null, at date not null, n integer,
  constraint in_2028 check (at >= '2028-01-01' and at < '2029-01-01')
);
create unlogged table app.cache (id bigint primary key, v text);
create view app.names with (security_invoker = true) as select id, name, legacy from app.users;
create view app.plain with (security_invoker = true) as select id, email from app.users;
create materialized view app.totals as select user_id, sum(total) as total from app.orders group by user_id;
create unique index totals_user on app.totals (user_id);
alter table app.users enable row level security;
alter table app.small enable row level security;
create policy own on app.users to authenticated using (id = 1);
create policy low on app.small to authenticated using (a = 1);
create function app.of_mood(m app.mood) returns boolean language sql immutable as 'select m = ''happy''';
create policy by_mood on app.users for update to authenticated using (app.of_mood(mood));
grant select on app.users, app.names, app.plain, app.small to anon, authenticated;
grant select, insert on app.orders to authenticated;
create function app.add(a integer, b integer) returns integer language sql immutable as 'select a + b';
create function app.name_of(p_id bigint) returns text language sql stable as 'select name from app.users where id = p_id';
create function app.note_of(p_id bigint) returns text language plpgsql stable as $$
begin
  return (select note from app.orders where id = p_id);
end;
$$;
create function app.stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before update on app.users for each row execute function app.stamp();
create publication changes for table app.orders, app.items;
