-- since: 18
-- What only Postgres 18 knows; and vectors, which not every older server here has.
create extension btree_gist with schema extensions;
create table public.prices (
  price numeric constraint priced not null,
  doubled numeric generated always as (price * 2) virtual,
  positive integer check (positive > 0) not enforced,
  later integer,
  constraint later_is_set not null later no inherit
);
alter table public.prices add column since date;
alter table public.prices add constraint since_is_set not null since not valid;
create table public.rooms (
  id integer, during daterange, primary key (id, during without overlaps)
);
create table public.stays (
  room integer, during daterange, guest text,
  foreign key (room, period during) references public.rooms (id, period during),
  unique (room, during without overlaps)
);
create extension vector with schema extensions;
create table public.embedded (id integer primary key, embedding extensions.vector(3));
create index embedded_near on public.embedded using hnsw (embedding extensions.vector_cosine_ops);
