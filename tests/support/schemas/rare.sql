-- The kinds that hardly anybody uses, and nobody forgives to lose.
create schema rare;
create text search dictionary rare.plain (template = simple, stopwords = 'english');
create text search configuration rare.words (copy = pg_catalog.simple);
alter text search configuration rare.words alter mapping for asciiword with rare.plain, simple;
comment on text search configuration rare.words is 'plain ones';
create collation rare.by_byte (provider = libc, locale = 'C');
create type rare.pair as (a integer, b integer);
create function rare.pair_eq(rare.pair, rare.pair) returns boolean language sql immutable
as 'select $1.a = $2.a and $1.b = $2.b';
create function rare.pair_lt(rare.pair, rare.pair) returns boolean language sql immutable
as 'select ($1.a, $1.b) < ($2.a, $2.b)';
create function rare.pair_cmp(rare.pair, rare.pair) returns integer language sql immutable
as 'select case when rare.pair_eq($1, $2) then 0 when rare.pair_lt($1, $2) then -1 else 1 end';
create operator rare.=== (
  leftarg = rare.pair, rightarg = rare.pair, function = rare.pair_eq, commutator = operator(rare.===),
  restrict = eqsel, join = eqjoinsel, merges
);
create operator rare.<<< (leftarg = rare.pair, rightarg = rare.pair, function = rare.pair_lt);
create function rare.to_pair(integer) returns rare.pair language sql immutable as 'select row($1, 0)::rare.pair';
create cast (integer as rare.pair) with function rare.to_pair(integer) as assignment;
comment on cast (integer as rare.pair) is 'with nothing beside it';
create function rare.plus(text, text) returns text language sql immutable as 'select $1 || $2';
create aggregate rare.chain(text) (sfunc = rare.plus, stype = text, initcond = '', combinefunc = rare.plus, parallel = safe);
create extension postgres_fdw with schema extensions;
create server nowhere type 'none' version '1' foreign data wrapper postgres_fdw options (host 'b');
comment on server nowhere is 'leads nowhere';
create foreign table rare.absent (id integer options (column_name 'y') not null, check (id > 0)) server nowhere options (table_name 'u');
grant usage on foreign server nowhere to authenticated;

create table rare.searched (
  body text collate rare.by_byte, words tsvector generated always as (to_tsvector('rare.words', body)) stored
);
create index searched_words on rare.searched using gin (words) with (fastupdate = off);
create index searched_body on rare.searched using brin (body) with (pages_per_range = 8);
create index searched_hash on rare.searched using hash (body);
create index searched_length on rare.searched (length(body));
create statistics rare.several (ndistinct) on body, (lower(body)) from rare.searched;
alter table rare.searched set (autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = false);
alter index rare.searched_length alter column 1 set statistics 100;
create view rare.checked with (check_option = local) as select body from rare.searched where body <> '';
create function rare.polymorphic(anyelement, variadic anyarray) returns anyarray language sql immutable
as 'select array_append($2, $1)';
create procedure rare.several_out(in a integer, out b integer, inout c integer default 3) language plpgsql
as 'begin b := a; end';
create domain rare.of_domain as text collate "C" default 'x' check (value <> '') not null;
create domain rare.upon_domain as rare.of_domain check (length(value) < 9);
create type rare.ranges as range (subtype = text, collation = "C", multirange_type_name = rare.many_ranges);
