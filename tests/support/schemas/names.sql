-- Names that need quoting, and text that looks like something else.
create schema "My Schema";
create table "My Schema"."odd ""table""
with a line" ("select" integer primary key, "Größe; Type: TABLE" text default E'a\\b\'c', "it's" jsonb default '{"a": "%s :x"}');
create table public."table" ("from" integer references "My Schema"."odd ""table""
with a line" ("select"));
create table public."; Type: VIEW; Schema: auth; Owner: supabase_admin" (id integer);
create index "an index; drop" on public."table" ("from");
create function public."a function"("an argument" integer, "another ""one""" text default '); drop table x; --')
returns text language sql as $_$ select '$$' || "another ""one""" $_$;
create policy "a policy
-- Name: x; Type: TABLE; Schema: public; Owner: postgres" on public."table" using ("from" = 1 or 'a:b%c' like '%');
create type "My Schema"."Enum" as enum ('', 'a b', '"', '''', '\');
create view "My Schema"."View" as select '%(x)s :y ''' as "?column?", '🦀' as crab;
create sequence "My Schema"."Seq";
comment on table public."table" is 'A comment
--
-- Name: y; Type: TABLE; Schema: public; Owner: postgres
--
with ''quotes'', \backslash, $$dollars$$ and %s';
comment on schema "My Schema" is 'mine';
comment on schema public is 'ours';
create trigger "a trigger" before insert on public."table" for each row execute function suppress_redundant_updates_trigger();
