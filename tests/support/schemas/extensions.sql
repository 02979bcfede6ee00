-- What the usual extensions bring into tables, indexes, constraints and queues.
create extension citext with schema extensions;
create extension pg_trgm with schema extensions;
create extension btree_gist with schema extensions;
create extension btree_gin with schema extensions;
create extension hstore with schema extensions;
create extension ltree;
create extension unaccent with schema extensions;
create extension moddatetime with schema extensions;
create extension fuzzystrmatch with schema extensions;
create extension pg_jsonschema with schema extensions;
create extension pg_graphql;
create extension pg_net with schema extensions;
create extension pgmq;
create extension postgres_fdw with schema extensions;

create table public.places (
  id uuid primary key default extensions.uuid_generate_v4(),
  slug extensions.citext not null unique check (slug operator(extensions.~~) 'a%'::extensions.citext or slug <> 'x'),
  name text not null,
  path ltree not null default 'top',
  tags extensions.hstore default 'a=>1',
  details jsonb check (extensions.jsonb_matches_schema('{"type": "object"}', details)),
  during tstzrange,
  room integer,
  secret bytea default extensions.digest('x'::text, 'sha256'::text),
  updated_at timestamptz,
  exclude using gist (room with =, during with &&)
);
create index places_name on public.places using gin (name extensions.gin_trgm_ops);
create index places_name_near on public.places using gist (name extensions.gist_trgm_ops);
create index places_path on public.places using gist (path);
create index places_tags on public.places using gin (tags);
create index places_both on public.places using gin (room, details);
create trigger places_touch before update on public.places for each row execute function extensions.moddatetime(updated_at);
create policy below on public.places using (path <@ 'top.public'::ltree and nlevel(path) < 5);
create view public.found as select p.name, extensions.similarity(p.name, 'x') as how from public.places as p
where p.name operator(extensions.%) 'x' and p.slug = 'A'::extensions.citext;
create function public.notify() returns bigint language sql
begin atomic select net.http_post('http://127.0.0.1/'::text, '{}'::jsonb); end;
create function public.a_secret(p text) returns text language sql security definer
begin atomic select s.decrypted_secret from vault.decrypted_secrets as s where s.name = p; end;

select pgmq.create('mails');
select pgmq.create_unlogged('Pings');
alter table pgmq.q_mails enable row level security;
create policy workers on pgmq.q_mails to service_role using (true);
grant select, insert on pgmq.q_mails to authenticated;
revoke all on pgmq."a_Pings" from anon;

create server elsewhere foreign data wrapper postgres_fdw options (host 'elsewhere', dbname 'x');
create foreign table public.far (id integer options (column_name 'far_id') not null, name text) server elsewhere
options (schema_name 'public', table_name 'far');
